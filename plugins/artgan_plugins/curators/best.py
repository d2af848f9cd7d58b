"""The best, and nothing but the best."""

import numpy as np
from numpy.typing import NDArray

import artgan


class Best(artgan.Curator):
    """The highest scores, however alike the pictures are."""

    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> NDArray[np.int64]:
        """The first ``n`` by score. Raises :class:`artgan.UserError` if the model gives none."""
        if scores is None:
            raise artgan.UserError("This model can't tell which of its pictures are best: take another --curator.")
        return np.argsort(-scores, kind="stable")[:n]
