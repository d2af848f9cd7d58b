"""The most varied: what a model can do, good and bad."""

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.gallery.similarity import distances


class Varied(artgan.Curator):
    """Begins with the picture nearest to the mean; each next one is the farthest from all before (Gonzalez 1985)."""

    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> list[int]:
        """Farthest-point traversal; scores don't count."""
        kept = [int(distances(features, features.mean(axis=0, keepdims=True))[:, 0].argmin())]
        far = distances(features, features[kept])[:, 0]
        while len(kept) < n:
            far[kept] = -1
            kept.append(int(far.argmax()))
            far = np.minimum(far, distances(features, features[kept[-1:]])[:, 0])
        return kept
