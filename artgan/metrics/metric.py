"""The contract of a metric: numbers computed from two sets of images, or from their features."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Measured:
    """One set of images, and what an extractor computed from them.

    Attributes:
        images: uint8 (N, C, H, W) in [0, 255], a tensor or anything indexed like one; None if the metric needs only
            features.
        features: (N, F) float32; None if the metric needs only images.
        probabilities: (N, K) float32 class probabilities, if the extractor is a classifier; each row sums to 1.
        labels: (N,) int64: true labels of real images, requested labels of generated ones.
    """

    images: Any = None
    features: NDArray[np.float32] | None = None
    probabilities: NDArray[np.float32] | None = None
    labels: NDArray[np.int64] | None = None


class Metric(ABC):
    """A metric. Subclass it, and name the subclass in a :class:`artgan.MetricSpec`.

    Class attributes:
        needs: its input: an extractor's features, its class probabilities, or the images themselves.
        higher_is_better: refers to its first value.
        paper: authors, year, title, equation, and where to read it.
    """

    needs: ClassVar[Literal["features", "probabilities", "images"]] = "features"
    higher_is_better: ClassVar[bool] = False
    paper: ClassVar[str] = ""

    @abstractmethod
    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        """Return the metric's values by name, the main one first. The same input must give the same values."""
