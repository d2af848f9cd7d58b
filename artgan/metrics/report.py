"""Run one evaluation: from the target to a record of metrics."""

import time
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
from artgan.metrics.label_accuracy import LabelAccuracy, label_accuracy
from artgan.metrics.memorisation import Memorisation, find_copies
from artgan.metrics.metric import Measured
from artgan.metrics.near_copies import save_pairs
from artgan.metrics.samples import GeneratedImages
from artgan.metrics.selection import applicable, has_classes, select_extractor, select_metrics
from artgan.requests.evaluate import EvaluateRequest
from artgan.runs.folder import RunFolder
from artgan.runs.record import now
from artgan.sampling.load import load_model
from artgan.sampling.sampler import Sampler
from artgan.util.memory import oom_hint

ENOUGH_IMAGES = 2000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        figures: all values, in the order of the requested metrics.
        record: the entry of ``evaluation.json``.
        folder: the folder of that file; None if nothing was saved.
    """

    figures: list[Figure]
    record: dict[str, Any] = field(repr=False)
    folder: Path | None = None

    def __getitem__(self, name: str) -> float:
        """Return the value called ``name``. Raises :class:`KeyError` if there is none."""
        for figure in self.figures:
            if figure.name == name:
                return figure.value
        raise KeyError(name)

    @property
    def agreement(self) -> float | None:
        """Share of a conditional model's images that are classified as the requested label; None without labels."""
        found = self.record["agreement"]
        overall: float | None = found and found["overall"]
        return overall

    @property
    def near_copies(self) -> int | None:
        """Number of images that are near copies of training images; None if the search was skipped."""
        found = self.record["memorisation"]
        near_copies: int | None = found and found["near_copies"]
        return near_copies


@dataclass(frozen=True, slots=True)
class Target:
    """The images to evaluate, and the real ones to compare them with.

    Attributes:
        dataset: the data set to compare with; nothing has been read yet.
        data: its name, for display.
        run: the run whose model makes the images, or None.
        checkpoint: the checkpoint to load.
        files: image files, or None.
        images, labels: arrays passed in by a program, or None.
        folder: where to save the record, or None.
    """

    dataset: Dataset
    data: str
    run: RunFolder | None = None
    checkpoint: Path | None = None
    files: samples.ImageFiles | None = None
    images: Any = None
    labels: Any = None
    folder: Path | None = None


@oom_hint("try --device cpu, fewer images (--n), or --no-copies")
def evaluate(target: Target, request: EvaluateRequest) -> Evaluation:
    """Evaluate ``target``; see :func:`artgan.evaluate`."""
    began, stage = time.monotonic(), request.stage
    metrics = select_metrics(request.metrics)
    device = torch.device(pick_device(request.device))
    prepared, held_out, notes = _prepare(target, request.strict, stage)
    generated = _generate(target, request, prepared.info, device)
    count = len(generated.images)
    if count < 2:
        raise UserError("A single image can't be evaluated: need at least 2, and 2,000 or more for a reliable result.")
    notes += (*generated.notes, *_warn_of_few(count))
    extractor = select_extractor(
        request.features, prepared, target.data, device, _stage(stage, "preparing the feature extractor")
    )
    kept, more = applicable(metrics, extractor, request.metrics is not None)
    reference = real.choose(prepared, held_out, target.data, request.n)
    evaluator = Evaluator(reference, extractor, kept, stage)
    measured = evaluator.measure(generated.images, generated.labels)
    figures = evaluator.figures(measured)
    accuracy = evaluator.label_accuracy(measured) or _label_accuracy(generated, prepared, target.data, device, stage)
    copies = _find_copies(generated, prepared, device, stage) if request.copies else None
    record = {
        "created": now(),
        "artgan": __version__,
        "of": generated.origin,
        "images": count,
        "against": {
            "data": target.data,
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
        "agreement": accuracy and accuracy.record(),
        "memorisation": copies and copies.record(),
        "notes": [*notes, *more],
        "seconds": round(time.monotonic() - began, 1),
    }
    if target.folder is not None:
        picture = save_pairs(target.folder, generated.images, prepared, copies) if copies else None
        record["picture"] = picture.name if picture else None
        history.append(target.folder, record)
    return Evaluation(figures, record, target.folder)


def _prepare(target: Target, strict: bool, stage: Stage) -> tuple[Prepared, Prepared | None, tuple[str, ...]]:
    target.dataset.fetch(_stage(stage, f"fetching {target.data}"))
    prepared = prepare(target.dataset, target.data, _stage(stage, f"preparing {target.data}"), strict)
    held_out, notes = real.prepare_held_out(
        target.dataset, target.data, _stage(stage, f"preparing held-out images of {target.data}"), strict
    )
    return prepared, held_out, notes


def _generate(target: Target, request: EvaluateRequest, info: ImageInfo, device: torch.device) -> GeneratedImages:
    stage = request.stage
    if target.run is not None:
        assert target.checkpoint is not None
        model = load_model(target.run, target.checkpoint, device=device.type)
        if model.data.shape != info.shape:
            raise UserError(
                f"{target.run.name} makes images of shape {model.data.shape}, but those of {target.data} are "
                f"{info.shape}: only images of the same shape can be compared."
            )
        origin = samples.run_origin(target.run, target.checkpoint)
        made = samples.draw(Sampler(model), request.n, request.seed, origin, _count(stage, "making images", request.n))
        # Labels are comparable only if both data sets have the same ones.
        labels = made.labels if model.data.label_names == info.label_names else None
        return GeneratedImages(made.images, labels, made.origin)
    if target.files is not None:
        count = min(request.n, len(target.files.paths))
        return samples.read(target.files, info, request.n, _count(stage, "reading images", count), request.strict)
    return samples.from_arrays(target.images, target.labels, info)


def _label_accuracy(
    generated: GeneratedImages, prepared: Prepared, data: str, device: torch.device, stage: Stage
) -> LabelAccuracy | None:
    """Measure label accuracy with a classifier of the labels, whichever extractor the metrics use."""
    if generated.labels is None or not has_classes(prepared.info):
        return None
    judge = classifier(prepared, data, device, _stage(stage, f"training a classifier on {data}"))
    measured: Measured = judge.measure(
        generated.images, generated.labels, _count(stage, "classifying images", len(generated.images))
    )
    return label_accuracy(measured, prepared.info.label_names, judge.name)


def _find_copies(generated: GeneratedImages, prepared: Prepared, device: torch.device, stage: Stage) -> Memorisation:
    counted = _count(stage, "searching for copies of training images", 3 * len(prepared))
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
        f"{count:,} images are few: FID rises when there are fewer images. Use {ENOUGH_IMAGES:,} or more, and only "
        "compare evaluations of the same number of images.",
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
