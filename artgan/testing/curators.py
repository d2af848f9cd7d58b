"""Checks that a curator keeps the contract of :class:`artgan.Curator`."""

import numpy as np
import torch
from numpy.typing import NDArray

from artgan.errors import UserError
from artgan.gallery.curator import Curator
from artgan.plugins.specs import CuratorSpec, Spec
from artgan.testing.expect import calling, expect, find_class
from artgan.testing.suite import Suite, check, unchanged_randomness

COUNT = 40

Floats = NDArray[np.float32]


def check_curator(curator: str | type[Curator]) -> None:
    """Check that a curator chooses as many different pictures as it is asked for, and the same ones every time.

    Args:
        curator: the class, or the name of an installed curator.

    Raises:
        AssertionError: at the first thing that is wrong.
    """
    CuratorSuite(find_class(curator, Curator, CuratorSpec)).run()


class CuratorSuite(Suite):
    """The checks of a curator."""

    kind = CuratorSpec

    def __init__(self, curator: type[Curator], spec: Spec | None = None) -> None:
        """See :func:`check_curator`."""
        super().__init__(spec.name if spec else curator.__name__, spec)
        self.curator, self.name = curator, curator.__name__

    def features(self, images: torch.Tensor) -> Floats:
        """What it compares pictures by, checked to be numbers."""
        what = f"{self.name}.features()"
        with calling(what):
            found = self.curator().features(images)
        expect(isinstance(found, np.ndarray), f"{what} returned a {type(found).__name__}, not an array.")
        expect(
            found.ndim == 2 and len(found) == len(images) and found.dtype == np.float32,
            f"{what} of {len(images)} images returned {found.shape} {found.dtype}, not ({len(images)}, F) float32.",
        )
        expect(bool(np.isfinite(found).all()), f"{what} returned values that aren't finite.")
        return found

    def choose(self, features: Floats, scores: Floats | None, n: int) -> list[int]:
        """Its choice, checked to be one."""
        what = (
            f"{self.name}.choose(), asked for {n} of {len(features)}{'' if scores is not None else ' without scores'},"
        )
        with calling(what):
            chosen = self.curator().choose(features, scores, n)
        rows = np.asarray(chosen)
        expect(
            rows.ndim == 1 and len(rows) == n and (n == 0 or np.issubdtype(rows.dtype, np.integer)),
            f"{what} returned {chosen!r}, not {n} whole numbers.",
        )
        expect(
            bool(((rows >= 0) & (rows < len(features))).all()),
            f"{what} chose rows from {rows.min()} to {rows.max()}; there are 0 to {len(features) - 1}.",
        )
        expect(len(set(rows.tolist())) == n, f"{what} chose the same picture twice.")
        return [int(row) for row in rows]

    @check("Features of some thousand candidates are kept, and compared with each other.", "artgan.Curator.features")
    def compares(self) -> None:
        """Features are numbers, and an image's don't depend on the others."""
        images = _images()
        whole = self.features(images)
        parts = np.concatenate([self.features(images[:7]), self.features(images[7:])])
        expect(
            np.allclose(whole, parts, atol=1e-5),
            f"{self.name}.features() of an image depend on the images it comes with.",
        )

    @check("An exhibit of twelve has twelve pictures.", "artgan.Curator.choose")
    def choices(self) -> None:
        """As many different pictures as asked for: one, some, all, with scores, without, with hopeless ones."""
        features, scores = self.features(_images()), _scores()
        hopeless = np.where(np.arange(COUNT) % 3, scores, -np.inf).astype(np.float32)
        for n in (1, 5, COUNT - 1, COUNT):
            for given in (scores, hopeless):
                self.choose(features, given, n)
            if self._works_without_scores(features):
                self.choose(features, None, n)
        self.choose(features[:1], scores[:1], 1)

    def _works_without_scores(self, features: Floats) -> bool:
        """A curator that can't do without scores may say so to the user."""
        try:
            self.curator().choose(features, None, 1)
        except UserError as refusal:
            expect(str(refusal).strip(), f"{self.name}.choose() refuses to work without scores, without a word of why.")
            return False
        except Exception:
            return True  # choose() tells of it
        return True

    @check("Two candidates are often the same, from a model that has collapsed.", "artgan.Curator.choose")
    def same_pictures(self) -> None:
        """Candidates that are all the same are chosen from, too."""
        self.choose(np.ones_like(self.features(_images())), np.zeros(COUNT, np.float32), 5)

    @check("The same seed makes the same exhibit.", "artgan.Curator.choose")
    def deterministic(self) -> None:
        """The same candidates give the same choice, and what it is given stays as it is."""
        features, scores = self.features(_images()), _scores()
        kept = features.copy(), scores.copy()
        with unchanged_randomness(f"{self.name}.choose()"):
            found = [self.choose(features, scores, 9) for _ in range(2)]
        expect(found[0] == found[1], f"{self.name}.choose() makes another choice the second time.")
        expect(
            np.array_equal(features, kept[0]) and np.array_equal(scores, kept[1]),
            f"{self.name}.choose() changes the features or the scores that it is given.",
        )


def _images() -> torch.Tensor:
    drawn = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 16, 16), dtype=np.uint8)
    return torch.from_numpy(drawn)


def _scores() -> Floats:
    return np.random.default_rng(1).normal(size=COUNT).astype(np.float32)
