"""The best and most varied.

First quality, then variety: of K times n candidates, near-duplicates aside, the ``n * sqrt(K)`` with the best scores
go on, so that both halves of the choice are equally strict. These are looked at from the best down, and each is kept
unless it is too like one already kept. How like is too like is found by bisection: the largest distance at which n are
still kept.
"""

import math

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.gallery.similarity import spread, typical_distance

NEAR_DUPLICATE = 0.1
"""Candidates nearer than this share of the distance between any two are near-duplicates."""

BISECTIONS = 12


class Balanced(artgan.Curator):
    """Keeps the best first; without scores all are equally good, and only variety counts."""

    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> list[int]:
        """Both halves of the choice."""
        ranked = np.arange(len(features)) if scores is None else np.argsort(-scores, kind="stable")
        finalists = len(ranked) if scores is None else min(len(ranked), math.ceil(n * math.sqrt(len(ranked) / n)))
        rows = spread(features[ranked], finalists, NEAR_DUPLICATE * typical_distance(features[ranked]))
        if len(rows) < n:
            rows = list(range(len(ranked)))
        return [int(ranked[rows[place]]) for place in most_varied(features[ranked[rows]], n)]


def most_varied(features: NDArray[np.float32], n: int) -> list[int]:
    """``n`` rows, ascending, as far from one another as can be while earlier rows come first."""
    if n >= len(features):
        return list(range(n))
    best, low = list(range(n)), 0.0
    high = 2 * typical_distance(features)
    for _ in range(BISECTIONS):
        limit = (low + high) / 2
        kept = spread(features, n, limit)
        if len(kept) == n:
            best, low = kept, limit
        else:
            high = limit
    return best
