"""WGAN-GP: a critic that estimates the distance between generated and real images, with a gradient penalty."""

from typing import Any, ClassVar, Literal

from torch import nn

import artgan
from artgan.models.layers import ConvFeatures, ConvGenerator, Pyramid, layer_norm


class WGANGPOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {"lr_g": 1e-4, "lr_d": 1e-4, "beta1": 0.0, "beta2": 0.9, "d_steps": 5, "gp": 10.0},
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast", description="paper: learning rates 1e-4, Adam (0, 0.9), five critic steps per generator step"
    )
    width: int = artgan.Field(32, ge=4, le=512, description="channels of the layer next to the image")
    loss: artgan.LossName = artgan.Field("wasserstein", description="adversarial loss, on the critic's values")
    lr_g: float = artgan.Field(1e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="critic learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.9, ge=0, lt=1, description="Adam's decay rate of the second moment")
    d_steps: int = artgan.Field(2, ge=1, le=100, description="critic steps per generator step")
    gp: float = artgan.Field(10.0, ge=0, le=1000, description="weight of the gradient penalty")


class WGANGP(artgan.GAN):
    """The networks of DCGAN, with layer norm instead of batch norm in the critic (section 4 of the paper).

    Steps are critic steps; the generator is updated in one of every ``d_steps``.
    """

    Options = WGANGPOptions
    capturable = True
    default_steps = 8000
    paper = (
        "Gulrajani et al. 2017, Improved Training of Wasserstein GANs, https://arxiv.org/abs/1704.00028; networks as "
        "in DCGAN, Radford, Metz and Chintala 2016, https://arxiv.org/abs/1511.06434"
    )

    def __init__(self, options: WGANGPOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        pyramid = Pyramid.plan(data, options.width, "wgan-gp")
        self.generator = ConvGenerator(options.latent_dim, pyramid)
        self.discriminator = nn.Sequential(ConvFeatures(pyramid, layer_norm), nn.Linear(pyramid.features, 1))
