"""Detect copies of training images: how far each sample is from the nearest one.

Distances are between pixels, of images reduced to at most 32 pixels per side. Copying is a matter of pixels: in a
classifier's features all well-written sevens are alike, so a new seven would look like a copy of an old one.

A sample is a near copy if its distance to a training image is less than half of that image's distance to the nearest
other training image. (The smallest of these distances, those between duplicates, are raised to the first percentile.)
A new picture is about as far from the nearest training image as that one is from its own nearest neighbour. (Carlini et
al. 2023, "Extracting training data from diffusion models", section 5, also weight the distance by how near neighbours
usually are in that place.) None of MNIST's 10,000 test images comes nearer than 0.55 of that distance. Copies that are
shifted or mirrored go unnoticed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.data.prepare import Prepared
from artgan.metrics.neighbours import nearest
from artgan.metrics.reference import CHOICE_SEED

SIDE = 32
NEAR = 1 / 2
TYPICAL_IMAGES = 2000
LEAST_PERCENTILE = 1
# How much farther from all others a training image may be than the farthest one of the sample.
REMOTEST = 1.25

RULE = "nearer to a training image than half of that image's distance to its nearest other training image"


@dataclass(frozen=True, slots=True, eq=False)
class Memorisation:
    """Distances of samples to training images: root mean squares over pixels, from 0 to 1.

    Attributes:
        distances: (N,) from each sample to the nearest training image.
        neighbours: (N,) index of that training image.
        ratios: (N,) that distance divided by the neighbour's distance to the nearest other training image; infinite
            where the sample is too far away to be a copy.
        typical: median distance from a training image to the nearest other one.
        copies: indices of the samples that are near copies, the nearest first.
        training_images: number of training images searched.
    """

    distances: Tensor
    neighbours: Tensor
    ratios: Tensor
    typical: float
    copies: list[int]
    training_images: int

    def record(self) -> dict[str, Any]:
        """Return the entry for ``evaluation.json``."""
        return {
            "rule": RULE,
            "near_copies": len(self.copies),
            "share": round(len(self.copies) / max(1, len(self.distances)), 6),
            "median_distance": round(float(self.distances.median()), 5),
            "median_distance_between_training_images": round(self.typical, 5),
            "training_images": self.training_images,
            "indices": self.copies[:100],
        }


def find_copies(
    images: Tensor, training: Prepared, device: torch.device, progress: Callable[[int], None] = lambda done: None
) -> Memorisation:
    """Look for near copies of training images among ``images`` (N, C, H, W) uint8 of the same shape.

    ``progress`` is called with the number of training images processed since the last call; each is processed three
    times.
    """

    def points(start: int, stop: int) -> Tensor:
        return _flat(torch.from_numpy(np.array(training.images[start:stop])).permute(0, 3, 1, 2), device)

    count = len(training)
    samples = _flat(images, device)
    squared, neighbours = nearest(samples, points, count, progress=progress)
    distances = squared.sqrt() / math.sqrt(samples.shape[1])
    some = np.sort(np.random.default_rng(CHOICE_SEED).permutation(count)[:TYPICAL_IMAGES])
    between = _between(torch.from_numpy(some), training, points, device, progress)
    positive = between[between > 0]
    least = float(positive.quantile(LEAST_PERCENTILE / 100)) if len(positive) else 0.0
    typical = float(between.median())

    # Compute a neighbour's own distance only where the sample is near enough to matter even for the remotest one.
    near = (distances < NEAR * REMOTEST * float(between.max())).nonzero().squeeze(1)
    ratios = torch.full_like(distances, torch.inf)
    if len(near):
        asked, place = neighbours[near].unique(return_inverse=True)
        own = _between(asked.cpu(), training, points, device, progress).clamp_min(least)
        ratios[near] = distances[near] / own.to(device)[place].clamp_min(1e-12)
    else:
        progress(count)
    flagged = (ratios < NEAR).nonzero().squeeze(1)
    order = flagged[ratios[flagged].argsort()].tolist()
    return Memorisation(distances.cpu(), neighbours.cpu(), ratios.cpu(), typical, order, count)


def _between(
    rows: Tensor,
    training: Prepared,
    points: Callable[[int, int], Tensor],
    device: torch.device,
    progress: Callable[[int], None],
) -> Tensor:
    """Return the distance (N,) from each of these training images to the nearest other one."""
    if len(training) < 2:
        return torch.full((len(rows),), torch.inf)
    queries = _flat(torch.from_numpy(training.images[rows.numpy()]).permute(0, 3, 1, 2), device)
    squared, _ = nearest(queries, points, len(training), rows.to(device), progress)
    return (squared.sqrt() / math.sqrt(queries.shape[1])).cpu()


def _flat(images: Tensor, device: torch.device) -> Tensor:
    """Flatten images (N, C, H, W) uint8 to rows (N, F) in [-0.5, 0.5], centred to keep rounding errors small."""
    pixels = images.to(device).float() / 255 - 0.5
    height, width = pixels.shape[-2:]
    if max(height, width) > SIDE:
        pixels = F.interpolate(pixels, (min(height, SIDE), min(width, SIDE)), mode="area")
    return pixels.flatten(1)
