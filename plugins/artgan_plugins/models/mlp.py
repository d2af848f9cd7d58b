"""The vanilla GAN: two multilayer perceptrons, as in the original paper and most tutorials."""

from math import prod
from typing import Any, ClassVar, Literal

from torch import nn

import artgan
from artgan.models.layers import perceptron

Widths = tuple[artgan.PositiveInt, ...]


class MLPOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {
            "hidden": (256, 512, 1024),
            "lr_g": 2e-4,
            "lr_d": 2e-4,
            "beta1": 0.5,
            "beta2": 0.999,
            "r1": 0.0,
            "batch_norm": False,
        },
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast", description="paper: hidden 256,512,1024, learning rates 2e-4, Adam (0.5, 0.999), no batch norm, no R1"
    )
    hidden: Widths = artgan.Field(
        (128, 256, 512), min_length=1, max_length=16, description="widths of the generator's hidden layers"
    )
    hidden_d: Widths | None = artgan.Field(
        None,
        max_length=16,
        description="widths of the discriminator's hidden layers; none: the generator's first two, reversed",
    )
    activation: Literal["relu", "leaky_relu"] = artgan.Field(
        "leaky_relu", description="activation between the generator's layers"
    )
    batch_norm: bool = artgan.Field(True, description="batch norm in the generator")
    dropout: float = artgan.Field(0.0, ge=0, lt=1, description="dropout probability in the discriminator")
    lr_g: float = artgan.Field(2e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.9, ge=0, lt=1, description="Adam's decay rate of the second moment")
    r1: float = artgan.Field(0.3, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")


class MLPGAN(artgan.GAN):
    """Dense layers only, for images of any shape."""

    Options = MLPOptions
    capturable = True
    paper = (
        "Goodfellow et al. 2014, Generative Adversarial Nets, https://arxiv.org/abs/1406.2661; for 28x28 "
        "100-128-256-512-784 against 784-256-128-1, half the width of the common tutorials' layers"
    )
    default_steps = 10_000

    def __init__(self, options: MLPOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        pixels = prod(data.shape)
        hidden_d = options.hidden_d or tuple(reversed(options.hidden[:2]))
        self.generator = nn.Sequential(
            perceptron(options.latent_dim, options.hidden, pixels, options.activation, options.batch_norm),
            nn.Tanh(),
            nn.Unflatten(1, data.shape),
        )
        self.discriminator = nn.Sequential(
            nn.Flatten(), perceptron(pixels, hidden_d, 1, "leaky_relu", dropout=options.dropout)
        )
