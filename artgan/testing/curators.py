"""Checks that a curator fulfils the contract of :class:`artgan.Curator`."""

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
    """Check that a curator chooses as many different pictures as asked for, and the same ones every time.

    Args:
        curator: the class, or the name of an installed curator.

    Raises:
        AssertionError: if a check fails.
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
        """Return the features it compares pictures by, checked to be numbers."""
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
        """Return its choice, checked to be valid."""
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
            f"{what} chose rows {rows.min()} to {rows.max()}, but only 0 to {len(features) - 1} exist.",
        )
        expect(len(set(rows.tolist())) == n, f"{what} chose the same picture twice.")
        return [int(row) for row in rows]

    @check("The features of thousands of candidates are collected and compared.", "artgan.Curator.features")
    def compares(self) -> None:
        """Check that features are numbers, and that those of an image don't depend on other images."""
        images = _images()
        whole = self.features(images)
        parts = np.concatenate([self.features(images[:7]), self.features(images[7:])])
        expect(
            np.allclose(whole, parts, atol=1e-5),
            f"{self.name}.features(): the features of an image depend on the other images of its batch.",
        )

    @check("An exhibit of twelve has twelve pictures.", "artgan.Curator.choose")
    def choices(self) -> None:
        """Check that it chooses one, some or all pictures, with scores, without, and with scores of minus infinity."""
        features, scores = self.features(_images()), _scores()
        hopeless = np.where(np.arange(COUNT) % 3, scores, -np.inf).astype(np.float32)
        for n in (1, 5, COUNT - 1, COUNT):
            for given in (scores, hopeless):
                self.choose(features, given, n)
            if self._works_without_scores(features):
                self.choose(features, None, n)
        self.choose(features[:1], scores[:1], 1)

    def _works_without_scores(self, features: Floats) -> bool:
        """Return whether it works without scores; if it doesn't, it must tell the user."""
        try:
            self.curator().choose(features, None, 1)
        except UserError as refusal:
            expect(str(refusal).strip(), f"{self.name}.choose() refuses to work without scores, but doesn't say why.")
            return False
        except Exception:
            return True  # choose() reports it
        return True

    @check("A collapsed model makes the same picture many times.", "artgan.Curator.choose")
    def same_pictures(self) -> None:
        """Check that it can choose from candidates that are all the same."""
        self.choose(np.ones_like(self.features(_images())), np.zeros(COUNT, np.float32), 5)

    @check("The same seed makes the same exhibit.", "artgan.Curator.choose")
    def deterministic(self) -> None:
        """Check that the same candidates give the same choice, and that its arguments stay unchanged."""
        features, scores = self.features(_images()), _scores()
        kept = features.copy(), scores.copy()
        with unchanged_randomness(f"{self.name}.choose()"):
            found = [self.choose(features, scores, 9) for _ in range(2)]
        expect(found[0] == found[1], f"{self.name}.choose() makes a different choice the second time.")
        expect(
            np.array_equal(features, kept[0]) and np.array_equal(scores, kept[1]),
            f"{self.name}.choose() modifies the features or scores it is given.",
        )


def _images() -> torch.Tensor:
    drawn = np.random.default_rng(0).integers(0, 256, (COUNT, 3, 16, 16), dtype=np.uint8)
    return torch.from_numpy(drawn)


def _scores() -> Floats:
    return np.random.default_rng(1).normal(size=COUNT).astype(np.float32)
