"""Whether pictures may be mirrored: letters may not, most things may.

If pictures and their mirror images are the same kind of thing, nothing can tell one from the other. So something is
asked to: a linear classifier on thumbnails, trained on one half of the pictures and tested on the other.
"""

import numpy as np
from numpy.typing import NDArray

FEWEST = 64
"""With fewer pictures there is no telling."""

TELLTALE = 0.6
"""Share of pictures told from their mirror images from which on left and right mean something."""

RIDGE = 0.1


def left_from_right(thumbnails: NDArray[np.uint8]) -> float | None:
    """The share of pictures that are told from their mirror images: 0.5 if none are; None if they are too few.

    Args:
        thumbnails: (N, H, W, C) uint8 of pictures in any order.
    """
    if len(thumbnails) < FEWEST:
        return None
    values = thumbnails.astype(np.float64) / 255
    # What mirroring turns into its negative: all that a linear classifier can go by.
    turned = ((values - values[:, :, ::-1]) / 2)[:, :, : values.shape[2] // 2].reshape(len(values), -1)
    order = np.random.default_rng(0).permutation(len(turned))
    halves = turned[order[::2]], turned[order[1::2]]
    right = 0.0
    for train, test in (halves, halves[::-1]):
        spread = train.T @ train
        weights = np.linalg.solve(
            spread + RIDGE * (np.trace(spread) / len(spread) + 1e-9) * np.eye(len(spread)), train.sum(0)
        )
        sides = test @ weights
        right += (sides > 0).sum() + 0.5 * (sides == 0).sum()
    return float(right / len(turned))
