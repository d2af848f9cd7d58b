"""Density and coverage: precision and recall that are robust to outliers among the real images.

The authors' package, prdc, keeps four matrices of all distances in memory: 1.9 GiB for 10,000 images. This computes the
same in blocks of images; the tests compare the two.
"""

import weakref
from typing import Any

import torch
from torch import Tensor

import artgan
from artgan.metrics.metric import Measured

NEIGHBOURS = 5
BLOCK = 1000

PAPER = (
    "Naeem, Oh, Uh, Choi and Yoo 2020, Reliable fidelity and diversity metrics for generative models, equations 3 and "
    "4, https://arxiv.org/abs/2002.09797"
)


class Density(artgan.Metric):
    higher_is_better = True
    paper = PAPER

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        return {"density": _both(real, generated)[0]}


class Coverage(artgan.Metric):
    higher_is_better = True
    paper = PAPER

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        return {"coverage": _both(real, generated)[1]}


_last: tuple[weakref.ref[Any], weakref.ref[Any], tuple[float, float]] | None = None


def _both(real: Measured, generated: Measured) -> tuple[float, float]:
    """Compute both metrics, which share their distances, and cache them for the second call."""
    global _last
    if _last and _last[0]() is real.features and _last[1]() is generated.features:
        return _last[2]
    found = density_and_coverage(torch.from_numpy(real.features), torch.from_numpy(generated.features))
    _last = weakref.ref(real.features), weakref.ref(generated.features), found
    return found


def density_and_coverage(real: Tensor, generated: Tensor, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """Compute density and coverage of features ``generated`` (M, F) against ``real`` (N, F), both float32."""
    neighbours = min(neighbours, len(real) - 1)
    inside, covered = 0, 0
    for block in real.split(BLOCK):
        # The nearest real image to a real image is itself.
        radii = torch.cdist(block, real).kthvalue(neighbours + 1, dim=1).values
        distances = torch.cdist(block, generated)
        inside += int((distances < radii[:, None]).sum())
        covered += int((distances.min(1).values < radii).sum())
    return inside / (neighbours * len(generated)), covered / len(real)
