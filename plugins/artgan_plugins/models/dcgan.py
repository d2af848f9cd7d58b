"""DCGAN: a deep convolutional GAN for square images of 16 to 256 pixels."""

from typing import Any, ClassVar, Literal

from torch import nn

import artgan
from artgan.models.layers import ConvFeatures, ConvGenerator, Pyramid, initialise_normal, initialise_rectified


class DCGANOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {
            "latent_dim": 100,
            "lr_g": 2e-4,
            "lr_d": 2e-4,
            "beta1": 0.5,
            "beta2": 0.999,
            "r1": 0.0,
            "init_d": "normal",
            "batch_norm_d": True,
        },
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast",
        description="paper: learning rates 2e-4, Adam (0.5, 0.999), batch norm in both networks, no R1",
    )
    width: int = artgan.Field(32, ge=4, le=512, description="channels of the layer next to the image")
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent")
    lr_g: float = artgan.Field(3e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay rate of the second moment")
    ema_kimg: float = artgan.Field(30, gt=0, description="half-life of the moving average, in thousands of images")
    r1: float = artgan.Field(0.1, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")
    init_d: Literal["rectified", "normal"] = artgan.Field(
        "rectified", description="initial discriminator weights: scaled for leaky ReLU, or small as in the paper"
    )
    batch_norm_d: bool = artgan.Field(False, description="batch norm in the discriminator, as in the paper")


class DCGAN(artgan.GAN):
    """Strided convolutions throughout, without pooling or hidden dense layers (section 3 of the paper)."""

    Options = DCGANOptions
    capturable = True
    # Many steps on small batches learn faster than fewer steps on the same images in larger batches.
    default_batch_size = 32
    default_steps = 6000
    paper = (
        "Radford, Metz and Chintala 2016, Unsupervised Representation Learning with Deep Convolutional Generative "
        "Adversarial Networks, https://arxiv.org/abs/1511.06434"
    )

    def __init__(self, options: DCGANOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        pyramid = Pyramid.plan(data, options.width, "dcgan")
        self.generator = ConvGenerator(options.latent_dim, pyramid)
        self.discriminator = nn.Sequential(
            ConvFeatures(pyramid, nn.BatchNorm2d if options.batch_norm_d else None), nn.Linear(pyramid.features, 1)
        )
        self.apply(initialise_normal)
        if options.init_d == "rectified":
            self.discriminator.apply(initialise_rectified)
