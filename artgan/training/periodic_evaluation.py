"""Evaluates a run at intervals, keeps the best checkpoint, and plots quality over time at the end.

Evaluations don't influence the training: images are drawn from separate latents, and only the moving average's
statistics are refreshed, as for any checkpoint. With and without them, training ends with the same networks.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from artgan.config import TrainConfig
from artgan.data.dataset import Dataset
from artgan.data.prepare import Prepared
from artgan.errors import ArtganError
from artgan.metrics import reference as real
from artgan.metrics import samples
from artgan.metrics.evaluator import Evaluator, Figure
from artgan.metrics.plot import Curve, plot
from artgan.metrics.selection import applicable, select_extractor, select_metrics
from artgan.plugins.extractor_names import DEFAULT_IMAGES
from artgan.runs import checkpoints
from artgan.runs.entries import BestRecord
from artgan.runs.folder import RunFolder
from artgan.sampling.sampler import Sampler
from artgan.training import checkpoint
from artgan.training.callback import Callback, Training
from artgan.training.events import Broadcast, Evaluated, Event, Finished, Notice, Preparing, WentBack

PLOT = "quality.png"
# Latents for batch-norm statistics, as many as for a checkpoint: what is evaluated is what the checkpoint will make.
STATISTICS = 4096


def prepare_evaluator(
    config: TrainConfig, dataset: Dataset, data: str, prepared: Prepared, device: torch.device, emit: Broadcast
) -> Evaluator:
    """Return the evaluator, complete, so that anything missing is reported before training starts.

    Raises:
        UserError: if a metric, a library or weights are missing.
    """
    preparing = True

    def stage(what: str, done: int, total: int | None) -> None:
        if preparing:
            emit(Preparing(what, done, total))

    held_out, notes = real.prepare_held_out(
        dataset, data, lambda done, total: stage("held-out images", done, total), config.strict
    )
    for note in notes:
        emit(Notice(note))
    extractor = select_extractor(
        config.evaluate_features,
        prepared,
        data,
        device,
        lambda done, total: stage("preparing the feature extractor", done, total),
    )
    metrics, _ = applicable(select_metrics(config.evaluate_metrics), extractor, requested=True)
    evaluator = Evaluator(real.choose(prepared, held_out, data, DEFAULT_IMAGES), extractor, metrics, stage)
    evaluator.control()  # computes each metric once
    preparing = False
    return evaluator


class PeriodicEvaluation(Callback):
    """Evaluates the averaged networks when that is due, and plots the results when training ends."""

    def __init__(
        self, run: RunFolder, evaluator: Evaluator, config: TrainConfig, emit: Callable[[Event], None]
    ) -> None:
        self.run, self.evaluator, self.config, self.emit = run, evaluator, config, emit
        self.path = run.path / "checkpoints" / RunFolder.BEST

    def __call__(self, event: Event) -> None:
        """Plot the results at the end; forget later ones when training goes back to an earlier step."""
        if isinstance(event, Finished):
            plot_quality(self.run, self.evaluator)
        elif isinstance(event, WentBack):
            self._forget_after(event.step)

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Continue from ``step``: set aside a best checkpoint that doesn't count any more."""
        self._forget_after(step)

    def _forget_after(self, step: int) -> None:
        """Set aside a best checkpoint that is later than ``step``, or was evaluated in another way."""
        best = self.run.details.best
        same = self.config.evaluate_metrics[0], self.evaluator.extractor.key
        if best and best.step <= step and (best.metric, best.extractor) == same:
            return
        if self.path.exists():
            checkpoints.set_aside(self.path)
        if best:
            self.run.update(best=None)

    def prepare(self, training: Training) -> None:
        """Make the sampler before the loop: it puts networks that the average shares into evaluation mode."""
        self._sampler = Sampler(training.average.model)

    def on_evaluation_due(self, training: Training) -> None:
        """Evaluate, log, and keep the checkpoint if it is the best so far; if that fails, emit a notice and continue.

        Raises:
            Diverged: if weights are no longer finite.
        """
        config = self.config
        training.require_finite()
        try:
            training.average.refresh_statistics(config.seed, STATISTICS)
            made = samples.draw(self._sampler, config.evaluate_images, config.seed, {}, lambda count: None)
            measured = self.evaluator.measure(made.images, made.labels)
            figures = self.evaluator.figures(measured, with_real=False)
            values = {figure.name: figure.value for figure in figures}
            agreement = self.evaluator.label_accuracy(measured)
            if agreement is not None:
                values["agreement"] = agreement.overall
            first = figures[0]
            place = training.images, training.seconds
            self.emit(Evaluated(training.step, first.name, first.value, bool(first.higher_is_better), values, *place))
            if self._is_best(first):
                self._keep(training, first)
        except ArtganError as error:
            self.emit(Notice(f"The evaluation at step {training.step:,} failed: {error} Training continues."))

    def _is_best(self, figure: Figure) -> bool:
        best = self.run.details.best
        if not best:
            return True
        better = figure.value > best.value if figure.higher_is_better else figure.value < best.value
        return bool(better)

    def _keep(self, training: Training, figure: Figure) -> None:
        checkpoint.save(self.path, training)
        self.run.update(
            best=BestRecord(
                step=training.step,
                metric=self.config.evaluate_metrics[0],
                value=figure.value,
                extractor=self.evaluator.extractor.key,
                features=self.evaluator.extractor.name,
                images=self.config.evaluate_images,
            )
        )


def plot_quality(run: RunFolder, evaluator: Evaluator) -> Path | None:
    """Plot each figure in the run's log over the steps, in ``quality.png``; None if none has two points."""
    better = {**evaluator.higher_is_better, "agreement": True}
    control = evaluator.control()
    curves = []
    for name, points in read_history(run).items():
        if name in better and len(points) > 1:
            curves.append(Curve(name, points, better[name], control.get(name)))
    if not curves:
        return None
    extractor, reference = evaluator.extractor, evaluator.reference
    caption = f"{run.config.evaluate_images:,} images against {len(reference.against):,} {reference.against.name}"
    return plot(run.path / PLOT, f"Quality of {run.name}", f"{caption}; features: {extractor.name}", curves)


def read_history(run: RunFolder) -> dict[str, list[tuple[int, float]]]:
    """Return the figures in a run's log: (step, value) by name."""
    found: dict[str, list[tuple[int, float]]] = {}
    try:
        lines = (run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return found
    for text in lines:
        line: dict[str, Any] = json.loads(text)
        for name, value in line.get("evaluation", {}).items():
            found.setdefault(name, []).append((line["step"], value))
    return found
