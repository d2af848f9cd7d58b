"""Similarity of images: root mean square differences of their features, block by block, in constant memory."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

THUMBNAIL = 8
"""Images are compared as thumbnails of this many pixels per side."""

_BLOCK = 512


def thumbnails(images: Tensor) -> NDArray[np.float32]:
    """Return thumbnails to compare images by, (N, F) float32 in [0, 1], of uint8 images (N, C, H, W); F <= C * 64."""
    height, width = images.shape[-2:]
    size = min(THUMBNAIL, height), min(THUMBNAIL, width)
    small = F.adaptive_avg_pool2d(images.float() / 255, size)
    return small.flatten(1).numpy()


def distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the root mean square difference of each row of ``a`` (N, F) to each row of ``b`` (M, F): (N, M)."""
    squared = torch.from_numpy(a).square().sum(1)[:, None] + torch.from_numpy(b).square().sum(1)
    squared = torch.addmm(squared, torch.from_numpy(a), torch.from_numpy(b).T, alpha=-2)
    found: NDArray[np.float32] = (squared / a.shape[1]).clamp_(min=0).sqrt_().numpy()
    return found


def nearest(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the distance (N,) of each row to the nearest other row; infinite if there is only one."""
    found = np.full(len(features), np.inf, dtype=np.float32)
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, min(start + _BLOCK, len(features)))
        for other in range(0, len(features), 4 * _BLOCK):
            block = distances(features[rows], features[other : other + 4 * _BLOCK])
            for row in range(rows.start, rows.stop):
                if other <= row < other + block.shape[1]:
                    block[row - start, row - other] = np.inf
            found[rows] = np.minimum(found[rows], block.min(axis=1))
    return found


def typical_distance(features: NDArray[np.float32]) -> float:
    """Return the root mean square of the distances between all pairs of rows."""
    return math.sqrt(2 * float(features.var(axis=0).mean()))


def spread(features: NDArray[np.float32], n: int, limit: float) -> list[int]:
    """Choose up to ``n`` rows from the top, each at least ``limit`` away from all chosen before it."""
    kept: list[int] = []
    for start in range(0, len(features), _BLOCK):
        block = features[start : start + _BLOCK]
        free = np.ones(len(block), dtype=bool)
        for other in range(0, len(kept), 4 * _BLOCK):
            free &= (distances(block, features[kept[other : other + 4 * _BLOCK]]) >= limit).all(axis=1)
        among = distances(block, block) < limit
        for row in range(len(block)):
            if free[row]:
                kept.append(start + row)
                if len(kept) == n:
                    return kept
                free &= ~among[row]
    return kept
