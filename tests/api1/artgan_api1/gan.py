"""Models that subclass artgan.GAN, one of them conditional."""

import torch
from torch import nn

import artgan
from artgan.models.layers import perceptron


class PondOptions(artgan.GANOptions):
    hidden: tuple[artgan.PositiveInt, ...] = artgan.Field((16,), min_length=1, description="widths of hidden layers")
    latent_dim: int = artgan.Field(8, ge=1, le=4096, description="numbers in a latent")


class Pond(artgan.GAN):
    Options = PondOptions
    default_steps = 100
    capturable = True

    def __init__(self, options, data):
        super().__init__(options, data)
        pixels = data.channels * data.height * data.width
        self.generator = nn.Sequential(
            perceptron(options.latent_dim, options.hidden, pixels, "relu"), nn.Tanh(), nn.Unflatten(1, data.shape)
        )
        self.discriminator = nn.Sequential(nn.Flatten(), perceptron(pixels, options.hidden, 1, "leaky_relu"))

    def discriminator_loss(self, batch):
        found = super().discriminator_loss(batch)
        return {**found, "brightness": batch.images.mean()}

    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents, labels, truncation).clamp(-1, 1)


class Conditioned(nn.Module):
    def __init__(self, labels, inner, size):
        super().__init__()
        self.embedding = nn.Embedding(labels, size)
        self.inner = inner

    def forward(self, inputs, labels):
        return self.inner(torch.cat([inputs.flatten(1), self.embedding(labels)], dim=1))


class Labelled(artgan.GAN):
    Options = PondOptions
    conditional = True

    def __init__(self, options, data):
        super().__init__(options, data)
        pixels = data.channels * data.height * data.width
        made = perceptron(options.latent_dim + 4, options.hidden, pixels, "relu")
        self.generator = Conditioned(data.labels, nn.Sequential(made, nn.Tanh(), nn.Unflatten(1, data.shape)), 4)
        self.discriminator = Conditioned(data.labels, perceptron(pixels + 4, options.hidden, 1, "leaky_relu"), 4)
