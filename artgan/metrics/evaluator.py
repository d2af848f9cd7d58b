"""Measures sets of images against one set of real images, with one extractor and some metrics."""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from artgan.errors import ArtganError
from artgan.metrics import reference as real
from artgan.metrics.classifier import ClassifierExtractor
from artgan.metrics.extractor import Extractor
from artgan.metrics.label_accuracy import Agreement, agreement
from artgan.metrics.metric import Measured
from artgan.metrics.selection import Chosen
from artgan.plugins.errors import PluginFailed, plugin_errors
from artgan.plugins.loading import PluginWarning, describe

Stage = Callable[[str, int, int | None], None]
"""Called while something goes on: what, how much of it is done, of how much (None: unknown)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Attributes:
        name: ``"fid"``, ``"kid_std"``, …
        value: of the generated images.
        real: of other real images, measured the same way; None if unknown.
        higher_is_better: None for a number that is neither good nor bad (a standard deviation).
    """

    name: str
    value: float
    real: float | None
    higher_is_better: bool | None


class Evaluator:
    """Measures images; features of the real ones are extracted once.

    Attributes:
        against: the real images, measured.
        higher_is_better: of each figure that is known so far, deviations aside.
    """

    def __init__(
        self,
        reference: real.Reference,
        extractor: Extractor,
        metrics: Sequence[Chosen],
        stage: Stage = lambda what, done, total: None,
    ) -> None:
        self.reference, self.extractor, self.metrics, self.stage = reference, extractor, list(metrics), stage
        self.against = self._extract(reference.against, "looking at real images")
        self._control: dict[str, float] | None = None
        self.higher_is_better: dict[str, bool] = {}

    def measure(self, images: Tensor, labels: Tensor | None = None) -> Measured:
        """What the extractor makes of images (N, C, H, W) uint8."""
        return self.extractor.measure(images, labels, _counter(self.stage, "looking at images", len(images)))

    def figures(self, generated: Measured, with_real: bool = True) -> list[Figure]:
        """All metrics of measured images; beside them, if ``with_real``, what other real images get."""
        control = self.control() if with_real else {}
        found = []
        for number, one in enumerate(list(self.metrics)):
            self.stage("comparing", number, len(self.metrics))
            computed = self._compute(one, self.against, generated)
            for place, (name, value) in enumerate(computed.items()):
                better = one.metric.higher_is_better if place == 0 else None
                found.append(Figure(name, value, control.get(name), better))
        self.stage("comparing", len(self.metrics), len(self.metrics))
        return found

    def control(self) -> dict[str, float]:
        """What real images get; empty if there are too few to tell. From the cache where it is known."""
        if self._control is not None:
            return self._control
        self._control = {}
        if self.reference.control is None:
            return self._control
        missing: list[tuple[Chosen, str]] = []
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
        control = self._extract(self.reference.control, "looking at more real images")
        same = self.reference.control_against is self.reference.against
        against = self.against if same else self._extract(self.reference.control_against, "looking at more real images")
        for number, (one, key) in enumerate(missing):
            self.stage("comparing real images", number, len(missing))
            found = self._compute(one, against, control)
            if found:
                real.keep_figures(self.reference, key, found)
            self._control |= found
        return self._control

    def agreement(self, generated: Measured) -> Agreement | None:
        """How often the label asked for is seen; None if there are no labels or the extractor doesn't know them."""
        if not isinstance(self.extractor, ClassifierExtractor):
            return None
        return agreement(generated, self.reference.training.info.label_names, self.extractor.name)

    def _extract(self, chosen: real.RealSet, what: str) -> Measured:
        return chosen.measure(self.extractor, _counter(self.stage, what, len(chosen)))

    def _compute(self, one: Chosen, against: Measured, generated: Measured) -> dict[str, float]:
        """The metric's numbers; none, with a warning, if it fails and nobody has asked for it."""
        try:
            computed = _checked(one, against, generated)
        except ArtganError as error:
            if one.asked:
                raise
            warnings.warn(f"{error} The others go on without it.", PluginWarning, stacklevel=2)
            self.metrics.remove(one)
            return {}
        self.higher_is_better[next(iter(computed))] = one.metric.higher_is_better
        return computed


def _checked(one: Chosen, against: Measured, generated: Measured) -> dict[str, float]:
    with plugin_errors([one.spec]):
        computed = {str(name): float(value) for name, value in one.metric.compute(against, generated).items()}
    if not computed or not all(math.isfinite(value) for value in computed.values()):
        raise PluginFailed(f"The {describe(one.spec)} gave {computed or 'no numbers'}, which is no figure.")
    return computed


def _counter(stage: Stage, what: str, total: int) -> Callable[[int], None]:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        stage(what, done, total)

    return count
