"""Feature extractors: the contract, and running one over many images in batches."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from artgan.metrics.metric import Measured

BATCH = 256

Progress = Callable[[int], None]
"""Called with the number of images done since the last call."""


class Extractor(ABC):
    """Turns images into features. Metrics computed with different extractors aren't comparable.

    Attributes:
        name: for display, with what is known of its quality.
        key: identifies the features; part of file names.
        device: where it runs.

    Class attributes:
        kind: its name in ``--features``.
        classifies: True if it returns class probabilities, too.
    """

    kind: ClassVar[str]
    classifies: ClassVar[bool] = True
    name: str
    key: str
    device: torch.device

    @abstractmethod
    def features(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return features (N, F) float, and class probabilities (N, K) or None, of images (N, C, H, W) uint8."""

    def details(self) -> dict[str, Any]:
        """Return what a record keeps of the extractor, besides its name and key."""
        return {}

    @torch.inference_mode()
    def measure(self, images: Tensor, labels: Tensor | None, progress: Progress = lambda count: None) -> Measured:
        """Extract features and probabilities of ``images`` (N, C, H, W) uint8, on the CPU. ``labels``: (N,) or None."""
        features, probabilities = [], []
        for part in images.split(BATCH):
            found, classes = self.features(part.to(self.device))
            features.append(found.float().cpu())
            if classes is not None:
                probabilities.append(classes.float().cpu())
            progress(len(part))
        return measured(images, torch.cat(features), torch.cat(probabilities) if probabilities else None, labels)


def measured(images: Tensor, features: Tensor, probabilities: Tensor | None, labels: Tensor | None) -> Measured:
    """Convert tensors into the arrays that metrics receive."""
    return Measured(
        images,
        features.numpy(),
        None if probabilities is None else probabilities.numpy(),
        None if labels is None else labels.numpy(),
    )
