"""The conditional GAN: labels enter both networks, so that it makes images of a requested label."""

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
        description="paper: learning rates 2e-4, Adam (0.5, 0.999), no R1; with conv, batch norm in both networks",
    )
    backbone: Literal["conv", "mlp"] = artgan.Field(
        "conv", description="conv: the networks of DCGAN; mlp: dense layers, as in the original"
    )
    width: int = artgan.Field(32, ge=4, le=512, description="conv: channels of the layer next to the image")
    embedding: int = artgan.Field(32, ge=1, le=1024, description="size of the generator's label embedding")
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent")
    lr_g: float = artgan.Field(3e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay rate of the second moment")
    r1: float = artgan.Field(0.1, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")
    init_d: Literal["rectified", "normal"] = artgan.Field(
        "rectified", description="conv: initial discriminator weights: scaled for leaky ReLU, or small as in the paper"
    )
    batch_norm_d: bool = artgan.Field(False, description="conv: batch norm in the discriminator")


class CGAN(artgan.GAN):
    """A generator conditioned on a label, and a discriminator that judges image and label together."""

    Options = CGANOptions
    capturable = True
    # Many steps on small batches learn faster than fewer steps on the same images in larger batches.
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
    """Appends the label's embedding, normalised to length 1, to the latent, which is about ten times as long.

    Without normalisation, the embedding grows until batch norm drowns out the latent, and the generator makes one image
    per label.
    """

    def __init__(self, body: nn.Module, labels: int, embedding: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, embedding)
        self.body = body

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        direction = functional.normalize(self.embed(labels), dim=1)
        return self.body(torch.cat([latents, direction], dim=1))  # type: ignore[no-any-return]


class ConcatenationDiscriminator(nn.Module):
    """Dense layers on the image with the label's embedding appended (Mirza and Osindero 2014, figure 1)."""

    def __init__(self, pixels: int, labels: int, embedding: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, embedding)
        self.body = perceptron(pixels + embedding, (512, 256), 1, "leaky_relu")

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        return self.body(torch.cat([images.flatten(1), self.embed(labels)], dim=1))  # type: ignore[no-any-return]


class ProjectionDiscriminator(nn.Module):
    """A logit plus the inner product of features and label embedding (Miyato and Koyama 2018, equation 3)."""

    def __init__(self, features: nn.Module, width: int, labels: int) -> None:
        super().__init__()
        self.features = features
        self.logit = nn.Linear(width, 1)
        self.embed = nn.Embedding(labels, width)
        nn.init.zeros_(self.embed.weight)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        found = self.features(images)
        logits: Tensor = self.logit(found).flatten() + (found * self.embed(labels)).sum(dim=1)
        return logits
