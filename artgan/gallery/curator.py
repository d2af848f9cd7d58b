"""Chooses the best and most varied of many candidates, and says why.

First quality, then variety: of K times n candidates, near-duplicates aside, the ``n * sqrt(K)`` with the best scores
go on, so that both halves of the choice are equally strict. These are looked at from the best down, and each is kept
unless it is too like one already kept. How like is too like is found by bisection: the largest distance at which n are
still kept.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

THUMBNAIL = 8
"""Candidates are compared as thumbnails of this many pixels a side."""

NEAR_DUPLICATE = 0.1
"""Candidates nearer than this share of the distance between any two are near-duplicates."""

_BLOCK = 512
_BISECTIONS = 12


@dataclass(frozen=True, slots=True)
class Pick:
    """One kept candidate.

    Attributes:
        candidate: its row among the candidates.
        score: what the model thought of it, higher is better; None if it couldn't tell.
        rank: its place by score among the candidates of its group, 1 is best.
        candidates: how many candidates its group had.
        distance: to the most similar other pick of its group, root mean square over the thumbnails' values, in [0, 1];
            None if there is no other.
        reason: all this in words.
    """

    candidate: int
    score: float | None
    rank: int
    candidates: int
    distance: float | None
    reason: str


def thumbnails(images: Tensor) -> NDArray[np.float32]:
    """What candidates are compared by: (N, F) float32 in [0, 1] from uint8 images (N, C, H, W), F at most C * 64."""
    height, width = images.shape[-2:]
    size = min(THUMBNAIL, height), min(THUMBNAIL, width)
    small = F.adaptive_avg_pool2d(images.float() / 255, size)
    return small.flatten(1).numpy()


def curate(
    features: NDArray[np.float32],
    scores: NDArray[np.float32] | None,
    n: int,
    groups: Sequence[int] | NDArray[np.int64] | None = None,
) -> list[Pick]:
    """Keep the ``n`` best and most varied candidates.

    Args:
        features: (M, F) float32 in [0, 1], one row a candidate, as :func:`thumbnails` makes them.
        scores: (M,) higher is better; None: all are equally good, and only variety counts.
        n: how many to keep, at most M.
        groups: (M,) group of each candidate (its place in the cycle of labels); each group gets its share of ``n``, and
            the picks come in turn from each group in ascending order. None: there is one group.

    Returns:
        ``n`` picks, the best first within each group. The same input gives the same picks.

    Raises:
        ValueError: if there are fewer candidates than ``n``, in all or in a group.
    """
    members = np.zeros(len(features), dtype=np.int64) if groups is None else np.asarray(groups)
    values = np.zeros(len(features), dtype=np.float32) if scores is None else np.nan_to_num(scores, nan=-np.inf)
    names = np.unique(members)[:n]
    chosen = []
    for place, name in enumerate(names):
        rows = np.flatnonzero(members == name)
        share = len(range(place, n, len(names)))
        if len(rows) < share:
            raise ValueError(f"{share} images can't be chosen from {len(rows)} candidates")
        ranked = rows[np.argsort(-values[rows], kind="stable")]
        chosen.append(_choose(features, None if scores is None else scores, ranked, share))
    return [chosen[i % len(names)][i // len(names)] for i in range(n)]


def _choose(
    features: NDArray[np.float32], scores: NDArray[np.float32] | None, ranked: NDArray[np.int64], n: int
) -> list[Pick]:
    finalists = len(ranked)
    if scores is not None:
        finalists = min(finalists, math.ceil(n * math.sqrt(len(ranked) / n)))
    rows = _spread(features[ranked], finalists, NEAR_DUPLICATE * _typical_distance(features[ranked]))
    if len(rows) < n:
        rows = list(range(len(ranked)))
    shown = features[ranked[rows]]
    kept, limit = _most_varied(shown, n)
    nearest = _nearest(shown[kept])
    picks = []
    for place, distance in zip(kept, nearest, strict=True):
        row = rows[place]
        candidate = int(ranked[row])
        score = None if scores is None or not np.isfinite(scores[candidate]) else float(scores[candidate])
        far = None if not np.isfinite(distance) else float(distance)
        reason = _reason(score, row + 1, len(ranked), far, limit)
        picks.append(Pick(candidate, score, row + 1, len(ranked), far, reason))
    return picks


def _reason(score: float | None, rank: int, candidates: int, distance: float | None, limit: float) -> str:
    quality = "Not scored." if score is None else f"Score {score:.3f}, number {rank} of {candidates} candidates."
    if distance is None:
        return f"{quality} The only pick."
    if limit <= 0:
        return f"{quality} The most similar pick is {distance:.3f} away; all that were left had to be taken."
    return f"{quality} The most similar pick is {distance:.3f} away, with {limit:.3f} as the least allowed."


def _most_varied(features: NDArray[np.float32], n: int) -> tuple[list[int], float]:
    """Rows of the ``n`` kept, ascending, and the least distance between them that was asked for."""
    if n >= len(features):
        return list(range(n)), 0.0
    best, low = list(range(n)), 0.0
    high = 2 * _typical_distance(features)
    for _ in range(_BISECTIONS):
        limit = (low + high) / 2
        kept = _spread(features, n, limit)
        if len(kept) == n:
            best, low = kept, limit
        else:
            high = limit
    return best, low


def _typical_distance(features: NDArray[np.float32]) -> float:
    """Root mean square of the distances between any two rows."""
    return math.sqrt(2 * float(features.var(axis=0).mean()))


def _spread(features: NDArray[np.float32], n: int, limit: float) -> list[int]:
    """Rows from the first down, each at least ``limit`` from all before it; stops at ``n``."""
    kept: list[int] = []
    for start in range(0, len(features), _BLOCK):
        block = features[start : start + _BLOCK]
        free = np.ones(len(block), dtype=bool)
        for other in range(0, len(kept), 4 * _BLOCK):
            free &= (_distances(block, features[kept[other : other + 4 * _BLOCK]]) >= limit).all(axis=1)
        among = _distances(block, block) < limit
        for row in range(len(block)):
            if free[row]:
                kept.append(start + row)
                if len(kept) == n:
                    return kept
                free &= ~among[row]
    return kept


def _nearest(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) distance of each row to the nearest other; infinite if there is no other."""
    nearest = np.full(len(features), np.inf, dtype=np.float32)
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, min(start + _BLOCK, len(features)))
        for other in range(0, len(features), 4 * _BLOCK):
            distances = _distances(features[rows], features[other : other + 4 * _BLOCK])
            for row in range(rows.start, rows.stop):
                if other <= row < other + distances.shape[1]:
                    distances[row - start, row - other] = np.inf
            nearest[rows] = np.minimum(nearest[rows], distances.min(axis=1))
    return nearest


def _distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root mean square difference of each row of ``a`` (N, F) to each of ``b`` (M, F): (N, M)."""
    squared = torch.from_numpy(a).square().sum(1)[:, None] + torch.from_numpy(b).square().sum(1)
    squared = torch.addmm(squared, torch.from_numpy(a), torch.from_numpy(b).T, alpha=-2)
    return (squared / a.shape[1]).clamp_(min=0).sqrt_().numpy()
