"""WGAN-GP: a critic that measures how far generated images are from real ones, kept smooth by a gradient penalty."""

from typing import Any, ClassVar, Literal

from torch import nn

import artgan
from artgan.models.layers import ConvFeatures, ConvGenerator, Pyramid, layer_norm


class WGANGPOptions(artgan.GANOptions):
    """What can be set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {"lr_g": 1e-4, "lr_d": 1e-4, "beta1": 0.0, "beta2": 0.9, "d_steps": 5, "gp": 10.0},
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast", description="paper: learning rates 1e-4, Adam (0, 0.9), five critic steps a generator's step"
    )
    width: int = artgan.Field(32, ge=4, le=512, description="channels of the layer next to the picture")
    loss: artgan.LossName = artgan.Field("wasserstein", description="the game's loss, on the critic's values")
    lr_g: float = artgan.Field(1e-3, gt=0, lt=1, description="generator's learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="critic's learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay of the first moment")
    beta2: float = artgan.Field(0.9, ge=0, lt=1, description="Adam's decay of the second moment")
    d_steps: int = artgan.Field(2, ge=1, le=100, description="critic's steps a generator's step")
    gp: float = artgan.Field(10.0, ge=0, le=1000, description="weight of the gradient penalty")


class WGANGP(artgan.GAN):
    """The networks of DCGAN, with layer norm instead of batch norm in the critic (section 4 of the paper).

    A step is one of the critic; the generator makes one in every ``d_steps``.
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
