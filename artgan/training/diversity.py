"""How different images are from each other: what is left of it when a generator collapses."""

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.data.prepare import Prepared

# Images are compared at this size at most: fine noise is no variety.
PIXELS = 16


def variety(images: Tensor) -> float:
    """The median distance of an image (uint8 (N, C, H, W)) to the one most like it; 0 if all have a twin.

    It takes a few copies of each to bring it down to zero: a generator that makes the same few pictures again and
    again has none, however different they are.
    """
    height, width = images.shape[2:]
    small = F.adaptive_avg_pool2d(images.float() / 255, (min(height, PIXELS), min(width, PIXELS))).flatten(1)
    distances = torch.cdist(small, small) / small.shape[1] ** 0.5
    distances.fill_diagonal_(float("inf"))
    return float(distances.amin(dim=1).median())


def variety_of_data(prepared: Prepared, count: int, seed: int) -> float:
    """The same of ``count`` real images, taken at random."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(prepared), generator=generator)[:count]
    images = torch.stack([torch.from_numpy(prepared.images[int(index)].copy()) for index in chosen])
    return variety(images.permute(0, 3, 1, 2)) if len(images) > 1 else 0.0
