"""Untrained features: convolutions with fixed random weights, for images without labels, without a download."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo
from artgan.metrics.extractor import Extractor

VERSION = 1
"""Incremented whenever the same images would get different features."""

CHANNELS = (32, 64, 64)
GRID = 2


class RandomExtractor(Extractor):
    """Three random convolutions at decreasing resolution, averaged over quarters of the image: (N, 256).

    Random features capture how textures and layout are distributed, though not the content of a picture (Naeem et al.
    2020, section 5.1, on random embeddings). The weights come from a fixed seed: all data sets with the same number of
    channels share them.
    """

    kind = "random"
    classifies = False

    def __init__(self, info: ImageInfo, device: torch.device) -> None:
        self.device = device
        generator = torch.Generator().manual_seed(VERSION)
        layers, before = [], info.channels
        for after in CHANNELS:
            layer = nn.Conv2d(before, after, 3, 2, 1)
            with torch.no_grad():
                # He et al. 2015: activations keep their scale from layer to layer.
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * math.sqrt(2 / (9 * before)))
                layer.bias.copy_(0.1 * torch.randn(after, generator=generator))  # type: ignore[union-attr]
            layers.append(layer)
            before = after
        self.network = nn.Sequential(*layers).to(device).eval().requires_grad_(False)
        self.name = f"fixed random convolutions ({CHANNELS[-1] * GRID**2} features, no classes)"
        self.key = f"random-{VERSION}-{info.channels}"

    def features(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return features (N, 256), and no classes."""
        found = images.float() / 127.5 - 1
        for layer in self.network:
            found = F.leaky_relu(layer(found), 0.2)
        return F.adaptive_avg_pool2d(found, GRID).flatten(1), None
