"""The contract of a metric: numbers from two sets of images, or of what an extractor sees in them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Measured:
    """One set of images, and what an extractor sees in them.

    Attributes:
        images: uint8 (N, C, H, W) in [0, 255], a tensor or anything indexed like one; None if the metric that asked
            needs features only.
        features: (N, F) float32; None if it needs images only.
        probabilities: (N, K) float32, of an extractor that classifies; each row adds up to 1.
        labels: (N,) int64, what the images are (real) or were asked to be (generated).
    """

    images: Any = None
    features: NDArray[np.float32] | None = None
    probabilities: NDArray[np.float32] | None = None
    labels: NDArray[np.int64] | None = None


class Metric(ABC):
    """A measure. Subclass it, and name the subclass in a :class:`artgan.MetricSpec`.

    Class attributes:
        needs: what it looks at: features of an extractor, its probabilities of classes, or images themselves.
        higher_is_better: of its first number.
        paper: authors, year, title, equation, and where to read it.
    """

    needs: ClassVar[Literal["features", "probabilities", "images"]] = "features"
    higher_is_better: ClassVar[bool] = False
    paper: ClassVar[str] = ""

    @abstractmethod
    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        """Its numbers by name, the one that counts first. The same input gives the same numbers."""
