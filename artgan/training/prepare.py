"""Gathers the inputs of a run before training starts: prepared images, settings that were left open, the budget."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from artgan import build
from artgan.config import TrainConfig, TrainingJob
from artgan.data.auto_settings import AutoSetting
from artgan.data.dataset import Dataset
from artgan.data.prepare import Prepared, prepare
from artgan.errors import UserError
from artgan.plugins.errors import plugin_errors
from artgan.plugins.specs import Spec
from artgan.runs.checkpoint_file import load_progress
from artgan.runs.folder import RunFolder
from artgan.training import advice, new_record
from artgan.training.budget import Budget, check_not_spent, resolve_budget
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Chosen, Notice, Preparing

SECONDS_BETWEEN_REPORTS = 0.1


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """The inputs of a training run.

    Attributes:
        request: the request, with open settings filled in.
        choices: the settings that were filled in, and why.
        dataset, prepared: where the images come from, and the images.
        plugins: specs of the plugins that provide the parts, by part.
        batch_size: real images per step, over all processes.
        budget: when training ends.
    """

    request: TrainingJob
    choices: tuple[AutoSetting, ...]
    dataset: Dataset
    prepared: Prepared
    plugins: dict[str, Spec]
    batch_size: int
    budget: Budget

    @property
    def config(self) -> TrainConfig:
        """The request's configuration."""
        return self.request.config


def prepare_inputs(
    request: TrainingJob,
    dataset: Dataset,
    engine: Engine,
    emit: Broadcast,
    resumed: RunFolder | None = None,
    source: Path | None = None,
) -> TrainingInputs:
    """Fetch and prepare the images, and choose open settings; called in all processes.

    Args:
        request: the request.
        dataset: the data set that it names, not fetched yet.
        engine: launched.
        emit: receives progress and choices.
        resumed: the run that continues, if one does, which keeps its settings.
        source: the checkpoint from which it continues.

    Raises:
        UserError: if the images have another shape or other labels than those of ``resumed``, or its budget is spent.
    """
    config = request.config
    choices: list[AutoSetting] = []
    with plugin_errors([plugins_of(config)["data"]], lambda: "while its images were read"):
        called = build.data_name(config, dataset.options)
        _fetch(dataset, called, engine, emit)
        if resumed is None:
            config, choices = advice.advise(config, dataset)
            emit(Chosen(tuple(choices)))
        prepared = _prepare(dataset, called, engine, emit, config.strict)
    config = build.settled(config)
    batch_size, budget = _budget(config, len(prepared), resumed)
    check_shares(batch_size, engine.processes)
    if resumed is not None:
        new_record.check_same_data(resumed, prepared, emit)
        if source is not None:
            _check_not_spent(resumed, source, budget)
    return TrainingInputs(
        replace(request, config=config), tuple(choices), dataset, prepared, plugins_of(config), batch_size, budget
    )


def plugins_of(config: TrainConfig) -> dict[str, Spec]:
    """Return the specs of the plugins that ``config`` names. Raises :class:`UserError` for wrong names and options."""
    return build.plugins(config, build.model_options(config.model, config.options))


def check_shares(batch_size: int, processes: int) -> None:
    """Raise :class:`UserError` unless all processes can have equal shares of a batch."""
    if batch_size % processes:
        raise UserError(f"--batch-size must be a multiple of {processes} for {processes} processes, not {batch_size}.")


def reporter(emit: Broadcast, what: str) -> Callable[[int, int | None], None]:
    """Return a report function that emits :class:`Preparing`, a few times per second and at the end."""
    last = 0.0

    def report(done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > SECONDS_BETWEEN_REPORTS or done == total:
            last = now
            emit(Preparing(what, done, total))

    return report


def check_not_spent_yet(run: RunFolder, source: Path, config: TrainConfig) -> None:
    """Raise :class:`UserError` if ``run`` has nothing left to do, as far as its record tells without its images."""
    images = run.details.data.images
    if images is not None:
        _check_not_spent(run, source, _budget(config, images, run)[1])


def _budget(config: TrainConfig, images: int, resumed: RunFolder | None) -> tuple[int, Budget]:
    """Return the batch size, and the budget: a new one, or that of ``resumed``."""
    batch_size, budget = resolve_budget(config, build.model_class(config.model), images)
    if resumed is not None and not (config.steps or config.epochs or config.time):
        known = resumed.details.budget
        budget = Budget(known.max_steps, known.max_seconds)
    return batch_size, budget


def _check_not_spent(run: RunFolder, source: Path, budget: Budget) -> None:
    progress = load_progress(source)
    check_not_spent(run, progress.step, progress.seconds, budget)


def _fetch(dataset: Dataset, name: str, engine: Engine, emit: Broadcast) -> None:
    """Fetch the images in the main process, then find them in the others."""
    if engine.is_main:
        dataset.fetch(reporter(emit, f"fetching {name}"))
    engine.barrier()
    if not engine.is_main:
        dataset.fetch(lambda done, total: None)


def _prepare(dataset: Dataset, name: str, engine: Engine, emit: Broadcast, strict: bool) -> Prepared:
    """Prepare the images in the main process, then open them in the others."""
    if engine.is_main:
        try:
            prepared = prepare(dataset, name, reporter(emit, f"preparing {name}"), strict)
        except KeyboardInterrupt:
            emit(Notice("Prepared images are kept: the same command continues from there."))
            raise
        for note in prepared.notes:
            emit(Notice(note))
    engine.barrier()
    if not engine.is_main:
        prepared = prepare(dataset, name)
    return prepared
