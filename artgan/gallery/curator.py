"""The contract of a curator, who chooses among many candidates what is exhibited; and how one is asked."""

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
    """One kept candidate.

    Attributes:
        candidate: its row among the candidates.
        score: what the model thought of it, higher is better; None if it couldn't tell.
        rank: its place by score among the candidates of its group, 1 is best.
        candidates: how many candidates its group had.
        distance: to the most similar other pick of its group, root mean square over the features' values; None if there
            is no other.
        reason: all this in words.
    """

    candidate: int
    score: float | None
    rank: int
    candidates: int
    distance: float | None
    reason: str


class Curator(ABC):
    """Chooses pictures. Subclass it, and name the subclass in a :class:`artgan.CuratorSpec`. Made without arguments."""

    def features(self, images: Tensor) -> NDArray[np.float32]:
        """What candidates are compared by, (N, F) float32, from uint8 images (N, C, H, W) in [0, 255] on the CPU.

        By default thumbnails of at most 8 x 8 pixels in [0, 1]. Only features are kept of all candidates; each image's
        must not depend on the others.
        """
        return thumbnails(images)

    @abstractmethod
    def choose(self, features: NDArray[np.float32], scores: NDArray[np.float32] | None, n: int) -> Rows:
        """``n`` different rows of the M candidates, the one to hang first first. The same input gives the same rows.

        Args:
            features: (M, F), as :meth:`features` makes them.
            scores: (M,) what the model thinks of each, higher is better, the hopeless -inf; None if it can't tell.
            n: how many, 1 to M.
        """


def curate(
    curator: Curator,
    features: NDArray[np.float32],
    scores: NDArray[np.float32] | None,
    n: int,
    groups: Sequence[int] | NDArray[np.int64] | None = None,
) -> list[Pick]:
    """Have ``curator`` keep ``n`` candidates.

    Args:
        features: (M, F) float32, one row a candidate.
        scores: (M,) higher is better; None: the model can't tell.
        n: how many to keep, at most M.
        groups: (M,) group of each candidate (its place in the cycle of labels); each group gets its share of ``n``, and
            the picks come in turn from each group in ascending order. None: there is one group.

    Returns:
        ``n`` picks, in the curator's order within each group.

    Raises:
        ValueError: if there are fewer candidates than ``n``, in all or in a group.
        ArtganError: if the curator's choice is none.
    """
    members = np.zeros(len(features), dtype=np.int64) if groups is None else np.asarray(groups)
    clean = None if scores is None else np.nan_to_num(scores, nan=-np.inf, neginf=-np.inf)
    names = np.unique(members)[:n]
    chosen = []
    for place, name in enumerate(names):
        rows = np.flatnonzero(members == name)
        share = len(range(place, n, len(names)))
        if len(rows) < share:
            raise ValueError(f"{share} images can't be chosen from {len(rows)} candidates")
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
            f"The curator {type(curator).__name__} was asked for {n} different rows of {candidates}, and chose "
            f"{len(set(kept))} that are none, or not so many."
        )
    return kept


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
