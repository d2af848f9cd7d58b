"""Real images to compare generated ones with, and a cache of their features and metrics."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor

from artgan.data.dataset import Dataset, Report
from artgan.data.prepare import Prepared, prepare
from artgan.errors import ArtganError, Unreadable
from artgan.metrics.extractor import Extractor, Progress, measured
from artgan.metrics.metric import Measured
from artgan.util.files import replacing

CHOICE_SEED = 2020


@dataclass(frozen=True, slots=True, eq=False)
class RealSet:
    """Some images of a prepared data set.

    Attributes:
        source: the data set.
        rows: (N,) indices of its images, ascending.
        name: for display: ``"held-out images of mnist"``.
    """

    source: Prepared
    rows: NDArray[np.int64]
    name: str

    def __len__(self) -> int:
        return len(self.rows)

    def images(self) -> Tensor:
        """Return the images (N, C, H, W) uint8."""
        return torch.from_numpy(self.source.images[self.rows]).permute(0, 3, 1, 2)

    def labels(self) -> Tensor | None:
        """Return their labels (N,) int64, or None."""
        return None if self.source.labels is None else torch.from_numpy(self.source.labels[self.rows])

    def measure(self, extractor: Extractor, progress: Progress = lambda count: None) -> Measured:
        """Return their features, from the cache if they were extracted before."""
        chosen = hashlib.sha256(self.rows.tobytes()).hexdigest()[:12]
        path = self.source.path / "evaluation" / f"{extractor.key}-{chosen}.safetensors"
        images, labels = self.images(), self.labels()
        found = _load(path)
        if found is not None and len(found["features"]) == len(self):
            progress(len(self))
            return measured(images, found["features"], found.get("probabilities"), labels)
        fresh = extractor.measure(images, labels, progress)
        _save(path, {"features": fresh.features, "probabilities": fresh.probabilities})
        return fresh


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Real images to measure generated ones against, and others that are measured in the same way as a control.

    Attributes:
        training: all images that a generator was trained on.
        against: real images to compare with.
        control: other real images, which score what perfect images would; None if there are too few.
        control_against: images to compare the control with: ``against``, or the other half of the data set if it is too
            small for two full sets.
        notes: what the user should know about the choice.
    """

    training: Prepared
    against: RealSet
    control: RealSet | None
    control_against: RealSet
    notes: tuple[str, ...] = ()


def choose(training: Prepared, held_out: Prepared | None, data: str, n: int, notes: tuple[str, ...] = ()) -> Reference:
    """Choose up to ``n`` real images to compare with: held-out ones if there are any, else training images.

    The choice depends only on the data sets and ``n``.
    """
    if held_out is not None:
        against = RealSet(held_out, _some(len(held_out), n), f"held-out images of {data}")
        control = RealSet(training, _some(len(training), len(against)), f"training images of {data}")
        return Reference(training, against, control, against, notes)
    name = f"training images of {data}"
    order = np.random.default_rng(CHOICE_SEED).permutation(len(training))
    against = RealSet(training, np.sort(order[:n]), name)
    if len(training) >= 2 * n:
        return Reference(training, against, RealSet(training, np.sort(order[n : 2 * n]), name), against, notes)
    half = len(training) // 2
    if half < 2:
        return Reference(training, against, None, against, notes)
    halves = [RealSet(training, np.sort(part), name) for part in (order[:half], order[half : 2 * half])]
    return Reference(training, against, halves[0], halves[1], notes)


def prepare_held_out(
    dataset: Dataset, name: str, report: Report, strict: bool = False
) -> tuple[Prepared | None, tuple[str, ...]]:
    """Prepare the held-out images of a data set; return None, and the reason if it should have some, if that fails.

    Raises :class:`Unreadable` if ``strict`` and one of them can't be read.
    """
    held_out = dataset.held_out()
    if held_out is None:
        return None, ()
    try:
        held_out.fetch(report)
        return prepare(held_out, f"{name}-held-out", report, strict), ()
    except Unreadable:
        raise
    except ArtganError as error:
        return None, (f"The held-out images of {name} aren't available, so training images are used instead: {error}",)


def cached_figures(reference: Reference, key: str) -> dict[str, float] | None:
    """Return the control's metrics from an earlier evaluation, or None. ``key`` names extractor and metric."""
    try:
        found = json.loads(_figures_path(reference, key).read_text(encoding="utf-8"))
        return {str(name): float(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def keep_figures(reference: Reference, key: str, figures: dict[str, float]) -> None:
    """Cache the control's metrics; ignore a cache that can't be written."""
    path = _figures_path(reference, key)
    try:
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(json.dumps(figures), encoding="utf-8")
    except OSError:
        pass


def _figures_path(reference: Reference, key: str) -> Path:
    assert reference.control is not None
    digest = hashlib.sha256(key.encode())
    for part in (reference.control, reference.control_against):
        digest.update(part.source.fingerprint.encode())
        digest.update(part.rows.tobytes())
    return reference.training.path / "evaluation" / f"control-{digest.hexdigest()[:16]}.json"


def _some(count: int, n: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(CHOICE_SEED).permutation(count)[:n])


def _load(path: Path) -> dict[str, Tensor] | None:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return None


def _save(path: Path, arrays: dict[str, NDArray[np.float32] | None]) -> None:
    flat = {name: array for name, array in arrays.items() if array is not None}
    try:
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            save_file(flat, temporary)
    except (OSError, SafetensorError):
        pass  # the next evaluation extracts them again
