"""The conditional GAN: labels enter both networks, so that it makes what it is asked for."""

from math import prod
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

import artgan
from artgan.models.layers import (
    ConvFeatures,
    ConvGenerator,
    Pyramid,
    initialise_normal,
    initialise_rectified,
    perceptron,
)


class CGANOptions(artgan.GANOptions):
    """What can be set with ``-o``."""

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
        "fast", description="paper: learning rates 2e-4, Adam (0.5, 0.999), no R1; with conv, batch norm in both"
    )
    backbone: Literal["conv", "mlp"] = artgan.Field(
        "conv", description="conv: the networks of DCGAN; mlp: dense layers, as the original"
    )
    width: int = artgan.Field(32, ge=4, le=512, description="conv: channels of the layer next to the picture")
    embedding: int = artgan.Field(32, ge=1, le=1024, description="numbers that stand for a label in the generator")
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="numbers in a latent")
    lr_g: float = artgan.Field(3e-3, gt=0, lt=1, description="generator's learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="discriminator's learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay of the second moment")
    r1: float = artgan.Field(0.1, ge=0, le=1000, description="weight of the R1 gradient penalty; 0 switches it off")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between two R1 (and R2) penalties")
    init_d: Literal["rectified", "normal"] = artgan.Field(
        "rectified", description="conv: discriminator's first weights: for leaky ReLU, or as small as the paper's"
    )
    batch_norm_d: bool = artgan.Field(False, description="conv: batch norm in the discriminator")


class CGAN(artgan.GAN):
    """A generator that is told a label, and a discriminator that judges picture and label together."""

    Options = CGANOptions
    capturable = True
    # More steps on fewer images each learn faster than the same images in larger batches.
    default_batch_size = 32
    default_steps = 6000
    conditional = True
    paper = (
        "Mirza and Osindero 2014, Conditional Generative Adversarial Nets, https://arxiv.org/abs/1411.1784; the "
        "convolutional discriminator takes the label by projection, Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637"
    )

    def __init__(self, options: CGANOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        inputs = options.latent_dim + options.embedding
        if options.backbone == "conv":
            pyramid = Pyramid.plan(data, options.width, "cgan")
            body: nn.Module = ConvGenerator(inputs, pyramid)
            self.discriminator: nn.Module = ProjectionDiscriminator(
                ConvFeatures(pyramid, nn.BatchNorm2d if options.batch_norm_d else None), pyramid.features, data.labels
            )
        else:
            pixels = prod(data.shape)
            body = nn.Sequential(
                perceptron(inputs, (256, 512, 1024), pixels, "leaky_relu", batch_norm=options.recipe != "paper"),
                nn.Tanh(),
                nn.Unflatten(1, data.shape),
            )
            self.discriminator = ConcatenationDiscriminator(pixels, data.labels, options.embedding)
        self.generator = LabelledGenerator(body, data.labels, options.embedding)
        if options.backbone == "conv":
            self.apply(initialise_normal)
            if options.init_d == "rectified":
                self.discriminator.apply(initialise_rectified)


class LabelledGenerator(nn.Module):
    """Appends the label's embedding, brought to length 1, to the latent, whose length is about ten times that.

    Left to itself the embedding grows until batch norm has nothing left for the latent: the generator then makes one
    picture a label.
    """

    def __init__(self, body: nn.Module, labels: int, embedding: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, embedding)
        self.body = body

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        direction = functional.normalize(self.embed(labels), dim=1)
        return self.body(torch.cat([latents, direction], dim=1))  # type: ignore[no-any-return]


class ConcatenationDiscriminator(nn.Module):
    """Dense layers over the picture with the label's embedding appended (figure 1 of Mirza and Osindero 2014)."""

    def __init__(self, pixels: int, labels: int, embedding: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, embedding)
        self.body = perceptron(pixels + embedding, (512, 256), 1, "leaky_relu")

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([images.flatten(1), self.embed(labels)], dim=1))  # type: ignore[no-any-return]


class ProjectionDiscriminator(nn.Module):
    """A logit plus the inner product of features and the label's embedding (Miyato and Koyama 2018, equation 3)."""

    def __init__(self, features: nn.Module, width: int, labels: int) -> None:
        super().__init__()
        self.features = features
        self.logit = nn.Linear(width, 1)
        self.embed = nn.Embedding(labels, width)
        nn.init.zeros_(self.embed.weight)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        found = self.features(images)
        return self.logit(found).flatten() + (found * self.embed(labels)).sum(dim=1)
