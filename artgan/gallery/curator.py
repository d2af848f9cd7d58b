"""The contract of a curator, which chooses the images of an exhibit from many candidates; and running one."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from artgan.errors import ArtganError
from artgan.gallery.similarity import nearest, thumbnails

Rows = Sequence[int] | NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Pick:
    """A candidate that was chosen.

    Attributes:
        candidate: its row among the candidates.
        score: the model's score, higher is better; None if the model can't score images.
        rank: its rank by score among the candidates of its group; 1 is best.
        candidates: number of candidates in its group.
        distance: distance to the most similar other pick of its group, root mean square over the features; None if it
            is the only one.
        reason: all this in words.
    """

    candidate: int
    score: float | None
    rank: int
    candidates: int
    distance: float | None
    reason: str


class Curator(ABC):
    """Chooses images. Subclass it, and name the subclass in a :class:`artgan.CuratorSpec`.

    artgan instantiates it without arguments.
    """

    def features(self, images: Tensor) -> NDArray[np.float32]:
        """Return features (N, F) float32 to compare candidates by.

        By default, these are thumbnails of at most 8 x 8 pixels in [0, 1]. artgan keeps only the features of all
        candidates. The features of an image must not depend on the other images.

        Args:
            images: uint8 (N, C, H, W) in [0, 255], on the CPU.
        """
        return thumbnails(images)

    @abstractmethod
    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> Rows:
        """Return ``n`` distinct rows of the M candidates, in order of the exhibit. The same input gives the same rows.

        Args:
            features: (M, F), as returned by :meth:`features`.
            scores: (M,) the model's scores, higher is better, -inf for hopeless images; None if it can't score images.
            n: number of images to choose, 1 to M.
        """


def curate(
    curator: Curator,
    features: NDArray[np.float32],
    scores: NDArray[np.float32] | None,
    n: int,
    groups: Sequence[int] | NDArray[np.int64] | None = None,
) -> list[Pick]:
    """Let ``curator`` choose ``n`` candidates.

    Args:
        curator: the curator.
        features: (M, F) float32, one row per candidate.
        scores: (M,) higher is better; None if the model can't score images.
        n: number of candidates to choose, at most M.
        groups: (M,) group of each candidate (its position in the cycle of labels); each group gets its share of ``n``,
            and picks are taken from the groups in turn, in ascending order. None: a single group.

    Returns:
        ``n`` picks, in the curator's order within each group.

    Raises:
        ValueError: if there are fewer candidates than ``n``, in total or in a group.
        ArtganError: if the curator doesn't return the requested number of distinct rows.
    """
    members = np.zeros(len(features), dtype=np.int64) if groups is None else np.asarray(groups)
    clean = None if scores is None else np.nan_to_num(scores, nan=-np.inf, neginf=-np.inf)
    names = np.unique(members)[:n]
    chosen = []
    for place, name in enumerate(names):
        rows = np.flatnonzero(members == name)
        share = len(range(place, n, len(names)))
        if len(rows) < share:
            raise ValueError(f"can't choose {share} images from {len(rows)} candidates")
        own = None if clean is None else clean[rows]
        kept = _checked(curator, curator.choose(features[rows], own, share), len(rows), share)
        chosen.append(_picks(features[rows], own, rows, kept))
    return [chosen[i % len(names)][i // len(names)] for i in range(n)]


def _checked(curator: Curator, rows: Rows, candidates: int, n: int) -> list[int]:
    try:
        kept = [int(row) for row in rows]
    except (TypeError, ValueError):
        kept = []
    if len(kept) != n or len(set(kept)) != n or not all(0 <= row < candidates for row in kept):
        raise ArtganError(
            f"The curator {type(curator).__name__} must choose {n} distinct rows between 0 and {candidates - 1}, but "
            f"returned {_shown(rows)}."
        )
    return kept


def _shown(rows: object) -> str:
    """Return the curator's choice for an error message, cut to a readable length."""
    text = " ".join(repr(rows).split())
    return text if len(text) <= 80 else f"{text[:77]}…"


def _picks(
    features: NDArray[np.float32], scores: NDArray[np.float32] | None, rows: NDArray[np.int64], kept: list[int]
) -> list[Pick]:
    order = np.argsort(-scores, kind="stable") if scores is not None else np.arange(len(rows))
    ranks = {int(row): rank for rank, row in enumerate(order, start=1)}
    picks = []
    for row, distance in zip(kept, nearest(features[kept]), strict=True):
        score = None if scores is None or not np.isfinite(scores[row]) else float(scores[row])
        far = float(distance) if np.isfinite(distance) else None
        reason = _reason(score, ranks[row], len(rows), far)
        picks.append(Pick(int(rows[row]), score, ranks[row], len(rows), far, reason))
    return picks


def _reason(score: float | None, rank: int, candidates: int, distance: float | None) -> str:
    quality = "Not scored." if score is None else f"Score {score:.3f}, number {rank} of {candidates} candidates."
    return (
        f"{quality} The only pick." if distance is None else f"{quality} The most similar pick is {distance:.3f} away."
    )
