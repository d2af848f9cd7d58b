"""A model with styles."""

import torch
from torch import nn

import artgan


class Painter(nn.Module):
    """Styles (N, 2, S) to pictures: the first lays a picture out, the second shades it."""

    def __init__(self, style_dim, shape):
        super().__init__()
        self.shape = shape
        self.layout = nn.Sequential(nn.Linear(style_dim, 16), nn.ReLU())
        self.shades = nn.Linear(style_dim, 16)
        self.paint = nn.Sequential(nn.Linear(16, shape.numel()), nn.Tanh())

    def forward(self, styles):
        features = self.layout(styles[:, 0]) * self.shades(styles[:, 1])
        return self.paint(features).unflatten(1, self.shape)


class Halves(artgan.StyleModel, artgan.GAN):
    """Each half of a latent is a style."""

    def __init__(self, options, data):
        super().__init__(options, data)
        shape = torch.Size(data.shape)
        self.generator = Painter(options.latent_dim // 2, shape)
        self.discriminator = nn.Sequential(
            nn.Flatten(), nn.Linear(shape.numel(), 16), nn.LeakyReLU(0.2), nn.Linear(16, 1)
        )

    def generate(self, batch):
        return self.sample(batch.latents(*self.latent_shape), None)

    def styles(self, latents, labels, truncation=1.0):
        return torch.stack((latents * truncation).chunk(2, dim=1), dim=1)

    def synthesise(self, styles):
        return self.generator(styles)
