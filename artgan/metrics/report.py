"""One evaluation, from what is to be measured to a record of figures."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from artgan._version import __version__
from artgan.data.dataset import Dataset, ImageInfo
from artgan.data.prepare import Prepared, prepare
from artgan.devices import pick_device
from artgan.errors import UserError
from artgan.metrics import history, samples
from artgan.metrics import reference as real
from artgan.metrics.classifier import classifier
from artgan.metrics.evaluator import Evaluator, Figure, Stage
from artgan.metrics.label_accuracy import Agreement
from artgan.metrics.memorisation import Memorisation, find_copies
from artgan.metrics.metric import Measured
from artgan.metrics.near_copies import save_pairs
from artgan.metrics.samples import Generated
from artgan.metrics.selection import applicable, choose_extractor, choose_metrics, has_classes
from artgan.plugins.extractor_names import DEFAULT_IMAGES, MOST_IMAGES, Features
from artgan.runs.folder import RunFolder
from artgan.runs.record import now
from artgan.sampling.load import load_model
from artgan.sampling.sampler import Sampler, check_seed
from artgan.util.memory import oom_hint

ENOUGH_IMAGES = 2000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured.

    Attributes:
        figures: all numbers, in the order of the metrics asked for.
        record: the entry of ``evaluation.json``.
        folder: where that file is; None if nothing was kept.
    """

    figures: list[Figure]
    record: dict[str, Any] = field(repr=False)
    folder: Path | None = None

    def __getitem__(self, name: str) -> float:
        """The figure called ``name``. Raises :class:`KeyError`."""
        for figure in self.figures:
            if figure.name == name:
                return figure.value
        raise KeyError(name)

    @property
    def agreement(self) -> float | None:
        """Share of a conditional model's images that are classified as what was asked for."""
        found = self.record["agreement"]
        return found and found["overall"]

    @property
    def near_copies(self) -> int | None:
        """How many images are near copies of training images; None if nobody looked."""
        found = self.record["memorisation"]
        return found and found["near_copies"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is evaluated, and what its real images are.

    Attributes:
        dataset: the data set to compare with, nothing read yet.
        data: what to call it.
        run: whose model makes the images, or None.
        checkpoint: which one.
        files: pictures, or None.
        images, labels: given by a program, or None.
        folder: where the record goes, or None.
    """

    dataset: Dataset
    data: str
    run: RunFolder | None = None
    checkpoint: Path | None = None
    files: samples.Files | None = None
    images: Any = None
    labels: Any = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """How it is evaluated; see :func:`artgan.evaluate`."""

    metrics: Sequence[str] | None = None
    n: int = DEFAULT_IMAGES
    seed: int = 0
    features: Features = "auto"
    device: str = "auto"
    copies: bool = True
    strict: bool = False

    def check(self) -> None:
        """Raises :class:`UserError` for what can't be."""
        check_seed(self.seed)
        if not 2 <= self.n <= MOST_IMAGES:
            raise UserError(f"--n {self.n} is out of range: it is 2 to {MOST_IMAGES:,}.")


@oom_hint("try --device cpu, fewer images (--n), or --no-copies")
def evaluate(subject: Subject, request: Request, stage: Stage = lambda what, done, total: None) -> Evaluation:
    """Measure; see :func:`artgan.evaluate`."""
    began = time.monotonic()
    request.check()
    metrics = choose_metrics(request.metrics)
    device = torch.device(pick_device(request.device))
    prepared, held_out, notes = _prepare(subject, request.strict, stage)
    generated = _generate(subject, request, prepared.info, device, stage)
    count = len(generated.images)
    if count < 2:
        raise UserError("One image can't be measured: at least 2 are needed, and 2,000 or more tell something.")
    notes += (*generated.notes, *_warn_of_few(count))
    extractor = choose_extractor(
        request.features, prepared, subject.data, device, _stage(stage, "getting the feature extractor ready")
    )
    kept, more = applicable(metrics, extractor, request.metrics is not None)
    reference = real.choose(prepared, held_out, subject.data, request.n)
    yardstick = Evaluator(reference, extractor, kept, stage)
    measured = yardstick.measure(generated.images, generated.labels)
    figures = yardstick.figures(measured)
    agreement = yardstick.agreement(measured) or _agreement(generated, prepared, subject.data, device, stage)
    copies = _find_copies(generated, prepared, device, stage) if request.copies else None
    record = {
        "created": now(),
        "artgan": __version__,
        "of": generated.origin,
        "images": count,
        "against": {
            "data": subject.data,
            "name": reference.against.name,
            "images": len(reference.against),
            "fingerprint": reference.against.source.fingerprint,
        },
        "real": _control_record(reference),
        "extractor": {
            "kind": extractor.kind,
            "name": extractor.name,
            "key": extractor.key,
            **extractor.details(),
        },
        "figures": [_figure_record(figure) for figure in figures],
        "agreement": agreement and agreement.record(),
        "memorisation": copies and copies.record(),
        "notes": [*notes, *more],
        "seconds": round(time.monotonic() - began, 1),
    }
    if subject.folder is not None:
        picture = save_pairs(subject.folder, generated.images, prepared, copies) if copies else None
        record["picture"] = picture.name if picture else None
        history.append(subject.folder, record)
    return Evaluation(figures, record, subject.folder)


def _prepare(subject: Subject, strict: bool, stage: Stage) -> tuple[Prepared, Prepared | None, tuple[str, ...]]:
    subject.dataset.fetch(_stage(stage, f"fetching {subject.data}"))
    prepared = prepare(subject.dataset, subject.data, _stage(stage, f"preparing {subject.data}"), strict)
    held_out, notes = real.prepare_held_out(
        subject.dataset, subject.data, _stage(stage, f"preparing held-out images of {subject.data}"), strict
    )
    return prepared, held_out, notes


def _generate(subject: Subject, request: Request, info: ImageInfo, device: torch.device, stage: Stage) -> Generated:
    if subject.run is not None:
        assert subject.checkpoint is not None
        model = load_model(subject.run, subject.checkpoint, device=device.type)
        if model.data.shape != info.shape:
            raise UserError(
                f"{subject.run.name} makes images of shape {model.data.shape}, those of {subject.data} are "
                f"{info.shape}: they can't be compared."
            )
        origin = samples.run_origin(subject.run, subject.checkpoint)
        made = samples.draw(Sampler(model), request.n, request.seed, origin, _count(stage, "making images", request.n))
        # Labels mean something only where both sets have the same.
        labels = made.labels if model.data.label_names == info.label_names else None
        return Generated(made.images, labels, made.origin)
    if subject.files is not None:
        count = min(request.n, len(subject.files.paths))
        return samples.read(subject.files, info, request.n, _count(stage, "reading pictures", count), request.strict)
    return samples.given(subject.images, subject.labels, info)


def _agreement(
    generated: Generated, prepared: Prepared, data: str, device: torch.device, stage: Stage
) -> Agreement | None:
    """With a classifier of the labels, whatever extractor the figures come from."""
    if generated.labels is None or not has_classes(prepared.info):
        return None
    judge = classifier(prepared, data, device, _stage(stage, f"training a classifier of {data}"))
    measured: Measured = judge.measure(
        generated.images, generated.labels, _count(stage, "classifying images", len(generated.images))
    )
    from artgan.metrics.label_accuracy import agreement

    return agreement(measured, prepared.info.label_names, judge.name)


def _find_copies(generated: Generated, prepared: Prepared, device: torch.device, stage: Stage) -> Memorisation:
    counted = _count(stage, "looking for copies of training images", 3 * len(prepared))
    return find_copies(generated.images, prepared, device, counted)


def _figure_record(figure: Figure) -> dict[str, Any]:
    better = {True: "higher", False: "lower", None: None}[figure.higher_is_better]
    return {"name": figure.name, "value": figure.value, "real": figure.real, "better": better}


def _control_record(reference: real.Reference) -> dict[str, Any] | None:
    if reference.control is None:
        return None
    return {
        "name": reference.control.name,
        "images": len(reference.control),
        "against_images": len(reference.control_against),
    }


def _warn_of_few(count: int) -> tuple[str, ...]:
    if count >= ENOUGH_IMAGES:
        return ()
    return (
        f"{count:,} images are few: FID is the higher the fewer there are. Compare figures of equal numbers only, and "
        f"take {ENOUGH_IMAGES:,} or more.",
    )


def _stage(stage: Stage, what: str) -> Any:
    return lambda done, total: stage(what, done, total)


def _count(stage: Stage, what: str, total: int) -> Any:
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        stage(what, min(done, total), total)

    return count
