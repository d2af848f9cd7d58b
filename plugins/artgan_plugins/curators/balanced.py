"""The best and most varied images.

Quality first, then variety: from K times n candidates, without near-duplicates, select the ``n * sqrt(K)`` with the
best scores, so that both halves of the choice are equally strict. Then go through these from the best down, and keep
each unless it is too similar to one already kept. The threshold is found by bisection: the largest distance at which n
images remain.
"""

import math

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.gallery.similarity import spread, typical_distance

NEAR_DUPLICATE = 0.1
"""Candidates nearer than this fraction of the typical distance between two are near-duplicates."""

BISECTIONS = 12


class Balanced(artgan.Curator):
    """Chooses by quality, then variety; without scores, by variety alone."""

    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> list[int]:
        """Select by score, then thin out by distance."""
        ranked = np.arange(len(features)) if scores is None else np.argsort(-scores, kind="stable")
        finalists = len(ranked) if scores is None else min(len(ranked), math.ceil(n * math.sqrt(len(ranked) / n)))
        rows = spread(features[ranked], finalists, NEAR_DUPLICATE * typical_distance(features[ranked]))
        if len(rows) < n:
            rows = list(range(len(ranked)))
        return [int(ranked[rows[place]]) for place in most_varied(features[ranked[rows]], n)]


def most_varied(features: NDArray[np.float32], n: int) -> list[int]:
    """Return ``n`` rows, ascending, as far apart as possible while preferring earlier rows."""
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
