"""What turns images into the features that metrics compare: the contract, and running it over many images."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from artgan.metrics.metric import Measured

IMAGES_A_PASS = 256

Progress = Callable[[int], None]
"""Called with how many more images are done."""


class Extractor(ABC):
    """Turns images into features. Figures from features of different extractors can't be compared.

    Attributes:
        name: what a table calls it, with what is known of its quality.
        key: the same for the same features only; part of file names.
        device: where it computes.

    Class attributes:
        kind: what ``--features`` calls it.
        classifies: whether it gives probabilities of classes.
    """

    kind: ClassVar[str]
    classifies: ClassVar[bool] = True
    name: str
    key: str
    device: torch.device

    @abstractmethod
    def features(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Features (N, F) float, and class probabilities (N, K) or None, of images (N, C, H, W) uint8."""

    def details(self) -> dict[str, Any]:
        """What a record keeps of it, besides name and key."""
        return {}

    @torch.inference_mode()
    def measure(self, images: Tensor, labels: Tensor | None, progress: Progress = lambda count: None) -> Measured:
        """Features and probabilities of all ``images`` (N, C, H, W) uint8, on the CPU. ``labels``: (N,) or None."""
        features, probabilities = [], []
        for part in images.split(IMAGES_A_PASS):
            found, classes = self.features(part.to(self.device))
            features.append(found.float().cpu())
            if classes is not None:
                probabilities.append(classes.float().cpu())
            progress(len(part))
        return measured(images, torch.cat(features), torch.cat(probabilities) if probabilities else None, labels)


def measured(images: Tensor, features: Tensor, probabilities: Tensor | None, labels: Tensor | None) -> Measured:
    """What metrics get, from tensors."""
    return Measured(
        images,
        features.numpy(),
        None if probabilities is None else probabilities.numpy(),
        None if labels is None else labels.numpy(),
    )
