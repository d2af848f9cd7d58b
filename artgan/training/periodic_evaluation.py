"""Measures a training now and then, keeps the best checkpoint, and draws the course of quality at the end.

It takes nothing from the training: images come from latents of their own, and only the moving average's statistics are
refreshed, as for any checkpoint. A training with evaluations ends with the same networks as one without.
"""

import json
from collections.abc import Callable
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
from artgan.metrics.selection import applicable, choose_extractor, choose_metrics
from artgan.plugins.extractor_names import DEFAULT_IMAGES
from artgan.runs import checkpoints
from artgan.runs.entries import BestRecord
from artgan.runs.folder import RunFolder
from artgan.sampling.sampler import Sampler
from artgan.training import checkpoint
from artgan.training.events import Broadcast, Evaluated, Event, Finished, Notice, Preparing, WentBack
from artgan.training.trainer import Trainer

PLOT = "quality.png"
# Latents that batch-norm statistics are measured on, as for a checkpoint: what is measured is what it will make.
STATISTICS = 4096


def prepare_evaluator(
    config: TrainConfig, dataset: Dataset, data: str, prepared: Prepared, device: torch.device, emit: Broadcast
) -> Evaluator:
    """Everything that evaluations need, so that what is missing is told before training starts.

    Raises:
        UserError: if a metric, a library or weights aren't there.
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
    extractor = choose_extractor(
        config.evaluate_features,
        prepared,
        data,
        device,
        lambda done, total: stage("getting the feature extractor ready", done, total),
    )
    metrics, _ = applicable(choose_metrics(config.evaluate_metrics), extractor, asked=True)
    yardstick = Evaluator(real.choose(prepared, held_out, data, DEFAULT_IMAGES), extractor, metrics, stage)
    yardstick.control()  # computes each metric once
    preparing = False
    return yardstick


class PeriodicEvaluation:
    """Called after a step, measures the averaged networks; a listener too, which draws the plot when all is done."""

    def __init__(
        self,
        run: RunFolder,
        sampler: Sampler,
        yardstick: Evaluator,
        config: TrainConfig,
        emit: Broadcast,
        more: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """``more``: called for JSON values that a checkpoint keeps beside the trainer's."""
        self.run, self.sampler, self.yardstick = run, sampler, yardstick
        self.config, self.emit, self.more = config, emit, more
        self.path = run.path / "checkpoints" / RunFolder.BEST

    def __call__(self, event: Event) -> None:
        """Draw the plot at the end; forget what a training that went back had reached."""
        if isinstance(event, Finished):
            draw_course(self.run, self.yardstick)
        elif isinstance(event, WentBack):
            self.forget_after(event.step)

    def forget_after(self, step: int) -> None:
        """Set aside a best checkpoint of later than ``step``, or measured otherwise: the run goes on another way."""
        best = self.run.details.best
        same = self.config.evaluate_metrics[0], self.yardstick.extractor.key
        if best and best.step <= step and (best.metric, best.extractor) == same:
            return
        if self.path.exists():
            checkpoints.set_aside(self.path)
        if best:
            self.run.update(best=None)

    def measure(self, trainer: Trainer) -> None:
        """Measure, log, and keep the checkpoint if it is the best so far; a failure is told, and training goes on.

        Raises:
            Diverged: if weights are no longer finite.
        """
        config = self.config
        trainer.require_finite()
        try:
            trainer.average.refresh_statistics(config.seed, STATISTICS)
            made = samples.draw(self.sampler, config.evaluate_images, config.seed, {}, lambda count: None)
            measured = self.yardstick.measure(made.images, made.labels)
            figures = self.yardstick.figures(measured, with_real=False)
            values = {figure.name: figure.value for figure in figures}
            agreement = self.yardstick.agreement(measured)
            if agreement is not None:
                values["agreement"] = agreement.overall
            first = figures[0]
            place = trainer.images, trainer.seconds
            self.emit(Evaluated(trainer.step, first.name, first.value, bool(first.higher_is_better), values, *place))
            if self._is_best(first):
                self._keep(trainer, first)
        except ArtganError as error:
            self.emit(Notice(f"The evaluation at step {trainer.step:,} failed: {error} Training goes on."))

    def _is_best(self, figure: Figure) -> bool:
        best = self.run.details.best
        if not best:
            return True
        better = figure.value > best.value if figure.higher_is_better else figure.value < best.value
        return bool(better)

    def _keep(self, trainer: Trainer, figure: Figure) -> None:
        checkpoint.save(self.path, trainer, **self.more())
        self.run.update(
            best=BestRecord(
                step=trainer.step,
                metric=self.config.evaluate_metrics[0],
                value=figure.value,
                extractor=self.yardstick.extractor.key,
                features=self.yardstick.extractor.name,
                images=self.config.evaluate_images,
            )
        )


def draw_course(run: RunFolder, yardstick: Evaluator) -> Path | None:
    """``quality.png``: each figure over the steps, from the run's log; None if there are no two points."""
    better = {**yardstick.higher_is_better, "agreement": True}
    control = yardstick.control()
    curves = []
    for name, points in read_course(run).items():
        if name in better and len(points) > 1:
            curves.append(Curve(name, points, better[name], control.get(name)))
    if not curves:
        return None
    extractor, reference = yardstick.extractor, yardstick.reference
    caption = f"{run.config.evaluate_images:,} images against {len(reference.against):,} {reference.against.name}"
    return plot(run.path / PLOT, f"Quality of {run.name}", f"{caption}; features: {extractor.name}", curves)


def read_course(run: RunFolder) -> dict[str, list[tuple[int, float]]]:
    """The figures in a run's log: (step, value) by name."""
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
