"""Measure sets of images against one set of real images, with one feature extractor and several metrics."""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from artgan.errors import ArtganError
from artgan.metrics import reference as real
from artgan.metrics.classifier import ClassifierExtractor
from artgan.metrics.extractor import Extractor
from artgan.metrics.label_accuracy import LabelAccuracy, label_accuracy
from artgan.metrics.metric import Measured
from artgan.metrics.selection import SelectedMetric
from artgan.plugins.errors import PluginFailed, plugin_errors
from artgan.plugins.loading import PluginWarning, describe

Stage = Callable[[str, int, int | None], None]
"""Called with progress: the name of the stage, how much of it is done, and of how much (None: unknown)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a metric.

    Attributes:
        name: ``"fid"``, ``"kid_std"``, …
        value: for the generated images.
        real: for other real images, measured in the same way; None if unknown.
        higher_is_better: None for a value that is neither good nor bad (a standard deviation).
    """

    name: str
    value: float
    real: float | None
    higher_is_better: bool | None


class Evaluator:
    """Measures images against real ones, whose features are extracted only once.

    Attributes:
        against: the real images and their features.
        higher_is_better: by name, for each metric computed so far (standard deviations aside).
    """

    def __init__(
        self,
        reference: real.Reference,
        extractor: Extractor,
        metrics: Sequence[SelectedMetric],
        stage: Stage = lambda what, done, total: None,
    ) -> None:
        self.reference, self.extractor, self.metrics, self.stage = reference, extractor, list(metrics), stage
        self.against = self._extract(reference.against, "extracting features of real images")
        self._control: dict[str, float] | None = None
        self.higher_is_better: dict[str, bool] = {}

    def measure(self, images: Tensor, labels: Tensor | None = None) -> Measured:
        """Extract the features of images (N, C, H, W) uint8."""
        return self.extractor.measure(images, labels, _counter(self.stage, "extracting features", len(images)))

    def figures(self, generated: Measured, with_real: bool = True) -> list[Figure]:
        """Compute all metrics of measured images; add the values of other real images if ``with_real``."""
        control = self.control() if with_real else {}
        found = []
        for number, one in enumerate(list(self.metrics)):
            self.stage("computing metrics", number, len(self.metrics))
            computed = self._compute(one, self.against, generated)
            for place, (name, value) in enumerate(computed.items()):
                better = one.metric.higher_is_better if place == 0 else None
                found.append(Figure(name, value, control.get(name), better))
        self.stage("computing metrics", len(self.metrics), len(self.metrics))
        return found

    def control(self) -> dict[str, float]:
        """Return the metrics of other real images, from the cache if possible; empty if there are too few images."""
        if self._control is not None:
            return self._control
        self._control = {}
        if self.reference.control is None:
            return self._control
        missing: list[tuple[SelectedMetric, str]] = []
        for one in self.metrics:
            key = f"{self.extractor.key} {one.key}"
            found = real.cached_figures(self.reference, key)
            if found is None:
                missing.append((one, key))
            elif found:
                self._control |= found
                self.higher_is_better[next(iter(found))] = one.metric.higher_is_better
        if not missing:
            return self._control
        stage = "extracting features of more real images"
        control = self._extract(self.reference.control, stage)
        same = self.reference.control_against is self.reference.against
        against = self.against if same else self._extract(self.reference.control_against, stage)
        for number, (one, key) in enumerate(missing):
            self.stage("computing metrics of real images", number, len(missing))
            found = self._compute(one, against, control)
            if found:
                real.keep_figures(self.reference, key, found)
            self._control |= found
        return self._control

    def label_accuracy(self, generated: Measured) -> LabelAccuracy | None:
        """Compare requested with predicted labels; None without labels, or if the extractor isn't their classifier."""
        if not isinstance(self.extractor, ClassifierExtractor):
            return None
        return label_accuracy(generated, self.reference.training.info.label_names, self.extractor.name)

    def _extract(self, chosen: real.RealSet, what: str) -> Measured:
        return chosen.measure(self.extractor, _counter(self.stage, what, len(chosen)))

    def _compute(self, one: SelectedMetric, against: Measured, generated: Measured) -> dict[str, float]:
        """Compute a metric; if it fails and wasn't requested by name, drop it with a warning and return nothing."""
        try:
            computed = _checked(one, against, generated)
        except ArtganError as error:
            if one.requested:
                raise
            warnings.warn(f"{error} Continuing with the other metrics.", PluginWarning, stacklevel=2)
            self.metrics.remove(one)
            return {}
        self.higher_is_better[next(iter(computed))] = one.metric.higher_is_better
        return computed


def _checked(one: SelectedMetric, against: Measured, generated: Measured) -> dict[str, float]:
    with plugin_errors([one.spec]):
        computed = {str(name): float(value) for name, value in one.metric.compute(against, generated).items()}
    if not computed or not all(math.isfinite(value) for value in computed.values()):
        raise PluginFailed(
            f"The {describe(one.spec)} returned {computed or 'no values'}: it should return finite numbers by name."
        )
    return computed


def _counter(stage: Stage, what: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        stage(what, done, total)

    return count
