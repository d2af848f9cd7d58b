"""Checks that a metric keeps the contract of :class:`artgan.Metric`."""

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
    """Check that a metric gives finite numbers, the same ones every time, and prefers good images to bad ones.

    Args:
        metric: the class, or the name of an installed metric.

    Raises:
        AssertionError: at the first thing that is wrong.
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
        """Its numbers, checked to be some."""
        what = f"{self.name}.compute()"
        with calling(what):
            try:
                found = self.metric().compute(real, generated)
            except UserError as refusal:  # a library that is an extra
                raise Unchecked(str(refusal)) from refusal
        expect(
            isinstance(found, dict) and found, f"{what} returned {found!r}, not a dict of numbers with at least one."
        )
        for name, value in found.items():
            expect(isinstance(name, str) and name, f"{what} gives a number the name {name!r}, no text.")
            expect(
                isinstance(value, float) and math.isfinite(value),
                f"{what}['{name}'] is {value!r}; it should be a finite float.",
            )
        return found

    @check("They say what is computed for it, and which of two runs is the better one.", "artgan.Metric")
    def class_attributes(self) -> None:
        """Class attributes have the right types, and no arguments are wanted."""
        name, kind = self.name, self.metric
        expect(kind.needs in NEEDS, f"{name}.needs is {kind.needs!r}, and not one of {', '.join(NEEDS)}.")
        expect(
            isinstance(kind.higher_is_better, bool), f"{name}.higher_is_better is {kind.higher_is_better!r}, no bool."
        )
        expect(isinstance(kind.paper, str), f"{name}.paper is {kind.paper!r}, not a text.")
        with calling(f"{name}()"):
            kind()

    @check("A table, a plot and a choice are made of these numbers.", "artgan.Metric.compute")
    def numbers(self) -> None:
        """Finite floats by name, also of sets of different sizes; what it is given stays as it is."""
        real, generated = good(0, self.metric.needs), good(1, self.metric.needs, COUNT - 20)
        kept = [array.copy() for array in _arrays(real, generated)]
        first = self.compute(real, generated)
        expect(
            all(np.array_equal(old, new) for old, new in zip(kept, _arrays(real, generated), strict=True)),
            f"{self.name}.compute() changes what it is given; other metrics look at the same arrays.",
        )
        other = self.compute(real, bad(self.metric.needs))
        expect(first.keys() == other.keys(), f"{self.name}.compute() names its numbers {[*first]}, then {[*other]}.")

    @check("A number that wavers orders nothing.", "artgan.Metric.compute")
    def deterministic(self) -> None:
        """The same input gives the same numbers, and the random numbers that all share are left alone."""
        real, generated = good(0, self.metric.needs), good(1, self.metric.needs)
        with unchanged_randomness(f"{self.name}.compute()"):
            found = [self.compute(real, generated) for _ in range(3)]
        expect(found[0] == found[1] == found[2], f"{self.name}.compute() of the same images gives {found}.")

    @check("The best checkpoint is chosen by it, or the worst.", "artgan.Metric.higher_is_better")
    def direction(self) -> None:
        """Images like the real ones do better than a grey heap that is all the same."""
        real = good(0, self.metric.needs)
        fine, poor = (
            next(iter(self.compute(real, generated).values()))
            for generated in (good(1, self.metric.needs), bad(self.metric.needs))
        )
        wanted = "more" if self.metric.higher_is_better else "less"
        expect(
            fine > poor if self.metric.higher_is_better else fine < poor,
            f"{self.name} is {fine:.4g} for images like the real ones and {poor:.4g} for collapsed ones, and "
            f"higher_is_better = {self.metric.higher_is_better} says that the first should be {wanted}.",
        )


def good(seed: int, needs: str, count: int = COUNT) -> Measured:
    """Images of four kinds, what an extractor sees in them, and a classifier that is sure of itself."""
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.int64) % CLASSES
    images = 30 + 50 * labels[:, None, None, None] + random.normal(0, 12, (count, 3, SIDE, SIDE))
    features = 3 * np.eye(CLASSES, FEATURES)[labels] + random.normal(0, 0.5, (count, FEATURES))
    probabilities = np.full((count, CLASSES), 0.02) + 0.92 * np.eye(CLASSES)[labels]
    return _measured(needs, images, features, probabilities, labels)


def bad(needs: str) -> Measured:
    """Nearly the same image again and again, far from all others, of which a classifier makes nothing."""
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
