"""Find out whether pictures may be mirrored: letters may not, most things may.

If pictures and their mirror images are the same kind of thing, nothing can tell them apart. A linear classifier on
thumbnails tries to, trained on one half of the pictures and tested on the other.
"""

import numpy as np
from numpy.typing import NDArray

FEWEST = 64
"""Fewer pictures than this don't tell."""

ORIENTED = 0.6
"""Accuracy from which on left and right matter."""

RIDGE = 0.1


def mirror_accuracy(thumbnails: NDArray[np.uint8]) -> float | None:
    """Return the share of pictures distinguished from their mirror images: 0.5 is chance; None with too few pictures.

    Args:
        thumbnails: pictures in any order, (N, H, W, C) uint8.
    """
    if len(thumbnails) < FEWEST:
        return None
    values = thumbnails.astype(np.float64) / 255
    # Mirroring negates this antisymmetric part, which is all that a linear classifier can use.
    antisymmetric = ((values - values[:, :, ::-1]) / 2)[:, :, : values.shape[2] // 2].reshape(len(values), -1)
    order = np.random.default_rng(0).permutation(len(antisymmetric))
    halves = antisymmetric[order[::2]], antisymmetric[order[1::2]]
    correct = 0.0
    for train, test in (halves, halves[::-1]):
        spread = train.T @ train
        weights = np.linalg.solve(
            spread + RIDGE * (np.trace(spread) / len(spread) + 1e-9) * np.eye(len(spread)), train.sum(0)
        )
        sides = test @ weights
        correct += (sides > 0).sum() + 0.5 * (sides == 0).sum()
    return float(correct / len(antisymmetric))
