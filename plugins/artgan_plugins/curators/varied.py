"""The most varied images: the range of a model, good and bad."""

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.gallery.similarity import distances


class Varied(artgan.Curator):
    """Starts with the image nearest to the mean; each next one is farthest from all before it (Gonzalez 1985)."""

    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> list[int]:
        """Choose by farthest-point traversal, ignoring scores."""
        kept = [int(distances(features, features.mean(axis=0, keepdims=True))[:, 0].argmin())]
        far = distances(features, features[kept])[:, 0]
        while len(kept) < n:
            far[kept] = -1
            kept.append(int(far.argmax()))
            far = np.minimum(far, distances(features, features[kept[-1:]])[:, 0])
        return kept
