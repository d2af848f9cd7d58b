"""Diversity of images: how much they differ from each other, which is little once a generator has collapsed."""

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.data.prepare import Prepared

# Images are compared at this size at most: fine noise isn't diversity.
PIXELS = 16


def diversity(images: Tensor) -> float:
    """Return the median distance of an image (uint8 (N, C, H, W)) to the most similar other one.

    It is 0 if most images have a duplicate, as those of a generator that makes the same few pictures again and again,
    however different these are.
    """
    height, width = images.shape[2:]
    small = F.adaptive_avg_pool2d(images.float() / 255, (min(height, PIXELS), min(width, PIXELS))).flatten(1)
    distances = torch.cdist(small, small) / small.shape[1] ** 0.5
    distances.fill_diagonal_(float("inf"))
    return float(distances.amin(dim=1).median())


def diversity_of_data(prepared: Prepared, count: int, seed: int) -> float:
    """Return the diversity of ``count`` real images, chosen at random."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(prepared), generator=generator)[:count]
    images = torch.stack([torch.from_numpy(prepared.images[int(index)].copy()) for index in chosen])
    return diversity(images.permute(0, 3, 1, 2)) if len(images) > 1 else 0.0
