"""The images with the best scores."""

import numpy as np
from numpy.typing import NDArray

import artgan


class Best(artgan.Curator):
    """Chooses the highest scores, however alike the images are."""

    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> NDArray[np.int64]:
        """Return the top ``n`` by score. Raises :class:`artgan.UserError` if the model doesn't score its images."""
        if scores is None:
            raise artgan.UserError("This model can't score its images: choose another --curator.")
        return np.argsort(-scores, kind="stable")[:n]
