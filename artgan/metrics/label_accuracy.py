"""Whether a conditional model makes what it is asked for: how often a classifier sees the label asked for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from artgan.metrics.metric import Measured


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares of images that are classified as the label that was asked for, in [0, 1].

    Attributes:
        overall: of all images.
        by_label: of each label's images, by its name; None where none were asked for.
        classifier: what the classifier is called, with its own accuracy.
        images: how many.
    """

    overall: float
    by_label: dict[str, float | None]
    classifier: str
    images: int

    def record(self) -> dict[str, Any]:
        """What ``evaluation.json`` keeps of it."""
        return {
            "overall": round(self.overall, 5),
            "by_label": {k: None if v is None else round(v, 5) for k, v in self.by_label.items()},
            "classifier": self.classifier,
            "images": self.images,
        }


def agreement(generated: Measured, names: tuple[str, ...], classifier: str) -> Agreement | None:
    """Compare the labels asked for with the likeliest ones; None if no labels were asked for."""
    if generated.labels is None or generated.probabilities is None:
        return None
    asked = generated.labels
    right = generated.probabilities.argmax(1) == asked
    counts = np.bincount(asked, minlength=len(names))
    hits = np.bincount(asked[right], minlength=len(names))
    by_label = {
        name: float(hit / count) if count else None for name, hit, count in zip(names, hits, counts, strict=True)
    }
    return Agreement(float(right.mean()), by_label, classifier, len(asked))
