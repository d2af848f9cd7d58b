"""Whether a generator copies its training images: how near each sample is to the nearest of them.

Distances are between pixels, of images brought to at most 32 pixels a side. A copy is a matter of pixels: to a
classifier's features all well-written sevens are alike, so that a new seven would look like a copy of an old one.

A sample is a near copy if it is nearer to a training image than half of that image's distance to the nearest other
training image (the least distances, those between duplicates, are lifted to the first percentile). A new picture is as
far from the nearest training image as that one is from its own nearest. (Carlini et al. 2023, "Extracting training data
from diffusion models", section 5, also weigh the distance by how near neighbours usually are there.) Of MNIST's 10,000
test images none comes nearer than 0.55 of that distance. A copy that is shifted or mirrored goes unnoticed.
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
# How much farther from all others a training image may be than the farthest of those that were looked at.
REMOTEST = 1.25

RULE = "nearer to a training image than half of that image's distance to its nearest other training image"


@dataclass(frozen=True, slots=True, eq=False)
class Memorisation:
    """How near samples are to training images. Distances are root mean squares over pixels, from 0 to 1.

    Attributes:
        distances: (N,) from each sample to the nearest training image.
        neighbours: (N,) which that is.
        ratios: (N,) that distance by the neighbour's distance to its nearest other training image; infinite where the
            sample is too far away to be a copy.
        typical: median distance from a training image to its nearest other.
        copies: near copies, the nearest first: numbers of samples.
        training_images: how many were searched.
    """

    distances: Tensor
    neighbours: Tensor
    ratios: Tensor
    typical: float
    copies: list[int]
    training_images: int

    def record(self) -> dict[str, Any]:
        """What ``evaluation.json`` keeps of it."""
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

    ``progress`` is called with how many training images were gone through since the last call; three times all.
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

    # The neighbours' own distances are asked for only where the sample is near enough for the remotest of them.
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
    """(N,) distance from each of these training images to its nearest other."""
    if len(training) < 2:
        return torch.full((len(rows),), torch.inf)
    queries = _flat(torch.from_numpy(training.images[rows.numpy()]).permute(0, 3, 1, 2), device)
    squared, _ = nearest(queries, points, len(training), rows.to(device), progress)
    return (squared.sqrt() / math.sqrt(queries.shape[1])).cpu()


def _flat(images: Tensor, device: torch.device) -> Tensor:
    """Images (N, C, H, W) uint8 as rows (N, F) in [0, 1], around the middle so that rounding is small."""
    pixels = images.to(device).float() / 255 - 0.5
    height, width = pixels.shape[-2:]
    if max(height, width) > SIDE:
        pixels = F.interpolate(pixels, (min(height, SIDE), min(width, SIDE)), mode="area")
    return pixels.flatten(1)
