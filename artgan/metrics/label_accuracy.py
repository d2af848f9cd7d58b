"""Label accuracy of a conditional model: how often a classifier recognises the requested label."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from artgan.metrics.metric import Measured


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """Share of images that are classified as the requested label, in [0, 1].

    Attributes:
        overall: over all images.
        by_label: over the images of each label, by its name; None where none were requested.
        classifier: the classifier's name, with its own accuracy.
        images: number of images.
    """

    overall: float
    by_label: dict[str, float | None]
    classifier: str
    images: int

    def record(self) -> dict[str, Any]:
        """Return the entry for ``evaluation.json``."""
        return {
            "overall": round(self.overall, 5),
            "by_label": {k: None if v is None else round(v, 5) for k, v in self.by_label.items()},
            "classifier": self.classifier,
            "images": self.images,
        }


def label_accuracy(generated: Measured, names: tuple[str, ...], classifier: str) -> LabelAccuracy | None:
    """Compare the requested labels with the most probable ones; None if no labels were requested."""
    if generated.labels is None or generated.probabilities is None:
        return None
    requested = generated.labels
    correct = generated.probabilities.argmax(1) == requested
    counts = np.bincount(requested, minlength=len(names))
    hits = np.bincount(requested[correct], minlength=len(names))
    by_label = {
        name: float(hit / count) if count else None for name, hit, count in zip(names, hits, counts, strict=True)
    }
    return LabelAccuracy(float(correct.mean()), by_label, classifier, len(requested))
