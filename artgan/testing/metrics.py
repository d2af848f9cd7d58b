"""Checks that a metric fulfils the contract of :class:`artgan.Metric`."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.errors import UserError
from artgan.metrics.metric import Measured, Metric
from artgan.plugins.specs import MetricSpec, Spec
from artgan.testing.expect import Unchecked, calling, expect, find_class
from artgan.testing.suite import Suite, check, unchanged_randomness

Array = NDArray[Any]

NEEDS = ("features", "probabilities", "images")
COUNT, CLASSES, FEATURES, SIDE = 96, 4, 8, 8


def check_metric(metric: str | type[Metric]) -> None:
    """Check that a metric returns finite numbers, the same ones every time, and prefers good images to bad ones.

    Args:
        metric: the class, or the name of an installed metric.

    Raises:
        AssertionError: if a check fails.
    """
    MetricSuite(find_class(metric, Metric, MetricSpec)).run()


class MetricSuite(Suite):
    """The checks of a metric."""

    kind = MetricSpec

    def __init__(self, metric: type[Metric], spec: Spec | None = None) -> None:
        """See :func:`check_metric`."""
        super().__init__(spec.name if spec else metric.__name__, spec)
        self.metric, self.name = metric, metric.__name__

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        """Return its numbers, checked to be finite floats."""
        what = f"{self.name}.compute()"
        with calling(what):
            try:
                found = self.metric().compute(real, generated)
            except UserError as refusal:  # an optional library is missing
                raise Unchecked(str(refusal)) from refusal
        expect(
            isinstance(found, dict) and found, f"{what} returned {found!r}, not a dict of numbers with at least one."
        )
        for name, value in found.items():
            expect(isinstance(name, str) and name, f"{what} gives a number the name {name!r}, which isn't a string.")
            expect(
                isinstance(value, float) and math.isfinite(value),
                f"{what}['{name}'] is {value!r}; it should be a finite float.",
            )
        return found

    @check("They say what it needs, and which of two runs is better.", "artgan.Metric")
    def class_attributes(self) -> None:
        """Check that class attributes have the right types, and that no arguments are required."""
        name, kind = self.name, self.metric
        expect(kind.needs in NEEDS, f"{name}.needs is {kind.needs!r}; it should be one of {', '.join(NEEDS)}.")
        expect(
            isinstance(kind.higher_is_better, bool),
            f"{name}.higher_is_better is {kind.higher_is_better!r}, not a bool.",
        )
        expect(isinstance(kind.paper, str), f"{name}.paper is {kind.paper!r}, not a string.")
        with calling(f"{name}()"):
            kind()

    @check("Tables, plots and the choice of the best checkpoint use these numbers.", "artgan.Metric.compute")
    def numbers(self) -> None:
        """Check that it returns finite floats by name, also for sets of different sizes, and modifies nothing."""
        real, generated = good(0, self.metric.needs), good(1, self.metric.needs, COUNT - 20)
        kept = [array.copy() for array in _arrays(real, generated)]
        first = self.compute(real, generated)
        expect(
            all(np.array_equal(old, new) for old, new in zip(kept, _arrays(real, generated), strict=True)),
            f"{self.name}.compute() modifies its arguments; other metrics use the same arrays.",
        )
        other = self.compute(real, bad(self.metric.needs))
        expect(
            first.keys() == other.keys(), f"{self.name}.compute() names its numbers {[*first]}, and then {[*other]}."
        )

    @check("Runs can't be compared by a number that changes each time.", "artgan.Metric.compute")
    def deterministic(self) -> None:
        """Check that the same input gives the same numbers, without touching global random numbers."""
        real, generated = good(0, self.metric.needs), good(1, self.metric.needs)
        with unchanged_randomness(f"{self.name}.compute()"):
            found = [self.compute(real, generated) for _ in range(3)]
        expect(found[0] == found[1] == found[2], f"{self.name}.compute() of the same images gives {found}.")

    @check("With the wrong direction, the worst checkpoint is kept as the best.", "artgan.Metric.higher_is_better")
    def direction(self) -> None:
        """Check that images like the real ones do better than images that are all the same."""
        real = good(0, self.metric.needs)
        fine, poor = (
            next(iter(self.compute(real, generated).values()))
            for generated in (good(1, self.metric.needs), bad(self.metric.needs))
        )
        wanted = "higher" if self.metric.higher_is_better else "lower"
        expect(
            fine > poor if self.metric.higher_is_better else fine < poor,
            f"{self.name} is {fine:.4g} for images like the real ones and {poor:.4g} for collapsed ones, but "
            f"higher_is_better = {self.metric.higher_is_better} says that the first should be {wanted}.",
        )


def good(seed: int, needs: str, count: int = COUNT) -> Measured:
    """Return images of four kinds, with their features and the probabilities of a confident classifier."""
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % CLASSES
    images = 30 + 50 * labels[:, None, None, None] + random.normal(0, 12, (count, 3, SIDE, SIDE))
    features = 3 * np.eye(CLASSES, FEATURES)[labels] + random.normal(0, 0.5, (count, FEATURES))
    probabilities = np.full((count, CLASSES), 0.02) + 0.92 * np.eye(CLASSES)[labels]
    return _measured(needs, images, features, probabilities, labels)


def bad(needs: str) -> Measured:
    """Return nearly identical images, far from all others, with the probabilities of a clueless classifier."""
    random = np.random.default_rng(7)
    labels = np.arange(COUNT, dtype=np.int64) % CLASSES
    images = 250 + random.normal(0, 1, (COUNT, 3, SIDE, SIDE))
    features = 40 + random.normal(0, 0.01, (COUNT, FEATURES))
    return _measured(needs, images, features, np.full((COUNT, CLASSES), 1 / CLASSES), labels)


def _measured(
    needs: str, images: np.ndarray, features: np.ndarray, probabilities: np.ndarray, labels: np.ndarray
) -> Measured:
    if needs == "images":
        return Measured(images=images.clip(0, 255).astype(np.uint8), labels=labels)
    return Measured(features=features.astype(np.float32), probabilities=probabilities.astype(np.float32), labels=labels)


def _arrays(*sets: Measured) -> list[Array]:
    fields = [(one.images, one.features, one.probabilities, one.labels) for one in sets]
    return [array for found in fields for array in found if array is not None]
