"""One session of training, from a request to a finished run: data, model, run folder, loop, exhibit."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from artgan import build
from artgan.config import TrainingJob
from artgan.data.dataset import Dataset
from artgan.data.feed import Feed
from artgan.devices import using_threads
from artgan.models.model import Model
from artgan.plugins.errors import plugin_errors
from artgan.runs.entries import ChoiceRecord, ParentRecord
from artgan.runs.folder import Kind, RunFolder
from artgan.training import checkpoint, lifecycle, new_record, tracker, warm_start
from artgan.training.callback import Callback, Callbacks
from artgan.training.checkpointer import Checkpointer, check_space
from artgan.training.cpu_contention import CPUContention
from artgan.training.diversity import diversity_of_data
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Notice, Started
from artgan.training.failure_monitor import FailureMonitor
from artgan.training.metrics_log import MetricsLog
from artgan.training.prepare import TrainingInputs, check_not_spent_yet, check_shares, plugins_of, prepare_inputs
from artgan.training.recovery import Recovery
from artgan.training.sample_sheets import ROWS, SampleSheets, sheet_columns
from artgan.training.schedule import Schedule
from artgan.training.trainer import Trainer
from artgan.util import files, paths
from artgan.util.memory import oom_hint
from artgan.util.processes import is_main_process

if TYPE_CHECKING:
    from artgan.metrics.evaluator import Evaluator

_OOM_ADVICE = "try a smaller --batch-size, --size or model (`artgan models`)"


@oom_hint(_OOM_ADVICE)
def start(request: TrainingJob, emit: Broadcast, kind: type[Kind]) -> Kind:
    """Start a new run. See :func:`artgan.train`."""
    with ExitStack() as held, paths.runs_in(request.runs_dir):
        return _train(request, emit, held, kind)


@oom_hint(f"{_OOM_ADVICE}, or another --device")
def resume(run: Kind, request: TrainingJob, emit: Broadcast, checkpoint: str | int | Path | None = None) -> Kind:
    """Continue ``run`` from one of its checkpoints, or restart it if it has none. See :func:`artgan.resume`."""
    known = checkpoint is not None or run.checkpoints()
    source = run.checkpoint(checkpoint) if known else None
    if source is not None:
        check_not_spent_yet(run, source, request.config)  # before images are fetched and prepared
    else:
        emit(Notice(f"{run.name} was stopped before its first checkpoint: restarting it from the beginning."))
    with ExitStack() as held, paths.runs_in(request.runs_dir):
        return _train(request, emit, held, type(run), run, source)


def _train(
    request: TrainingJob,
    emit: Broadcast,
    held: ExitStack,
    kind: type[Kind],
    resumed: Kind | None = None,
    source: Path | None = None,
) -> Kind:
    """Start a run, or continue ``resumed`` from the checkpoint ``source``; ``held`` releases it in the end."""
    dataset, trackers = _check(request)
    engine = Engine(request.config)
    engine.launch()
    held.enter_context(using_threads(request.config.threads))

    # The images, and everything that the user left open.
    inputs = prepare_inputs(request, dataset, engine, emit, resumed, source)
    config, prepared = inputs.config, inputs.prepared
    evaluator = _prepare_evaluator(inputs, engine, emit)

    # The networks. Those of a checkpoint no longer need the runs that they once started from.
    def make_model() -> Model:
        torch.manual_seed(config.seed)
        with engine.init_module():
            return build.build_model(config.model, config.options, prepared.info)

    model = make_model()
    for text in build.burden(model, config.model):
        emit(Notice(text))
    engine.place(model)
    parent = warm_start.open_parent(config) if source is None else None
    parents = warm_start.inherit_weights(model, parent) if source is None else []

    # The run, the loop, and what reacts to it.
    shard = (engine.rank, engine.processes)
    feed = Feed(
        prepared, inputs.batch_size, config.seed, engine.device, shard, mirror=config.mirror, balance=config.balance
    )
    run = _open_run(inputs, model, engine, trackers, parents, resumed, kind, held)
    callbacks = _make_callbacks(run, inputs, model, evaluator, engine, emit)
    with plugin_errors([inputs.plugins["model"]], lambda: "while its training was prepared"):
        trainer = Trainer(
            engine,
            model,
            feed,
            inputs.budget,
            schedule=Schedule(config.sample_every, config.checkpoint_every, config.evaluate_every),
            callbacks=callbacks,
            # Weights that a model takes by itself (Model.begin) may be trained, but the layers that join them aren't.
            warmup=not (config.from_run or run.details.blend),
        )

    # Where it starts.
    progress = checkpoint.load_for_training(source, trainer) if source is not None else {}
    if parent:
        parent.copy_average_to(trainer.average.model)
    if engine.is_main:
        new_record.forget_after(run, trainer)
        trainer.callbacks.restore(progress, trainer.step)
        check_space(run, model, inputs.budget, config, emit)
    if config.compile:
        engine.compile(model)

    if engine.is_main:
        tracker.attach(trackers, run, emit)
        emit(_started(run, trainer))
    if source is None:
        for text in (*warm_start.describe(model, parent, parents), *model.notices(from_scratch=not parents)):
            emit(Notice(text))
    if parents:
        trainer.callbacks.save(trainer, required=True)  # so that it can be resumed even without its parents
    recovery = Recovery(run, trainer, engine, make_model, emit)
    return lifecycle.run_to_the_end(run, trainer, recovery, list(inputs.plugins.values()), inputs.request, engine, emit)


def _check(request: TrainingJob) -> tuple[Dataset, tracker.Chosen]:
    """Check the request before anything starts; return the data set and the trackers that it names."""
    config = request.config
    kind = build.model_class(config.model)
    plugins_of(config)
    dataset = build.open_dataset(config, request.data_dir)
    trackers = tracker.choose(config.track)
    check_shares(config.batch_size or kind.default_batch_size, config.devices * config.nodes)
    if config.gallery and is_main_process():
        files.require_writable(request.gallery_dir, "Choose another --gallery-dir, or --no-gallery.")
    return dataset, trackers


def _prepare_evaluator(inputs: TrainingInputs, engine: Engine, emit: Broadcast) -> "Evaluator | None":
    """Return what evaluates the training, in the main process; None if nothing does."""
    config, dataset = inputs.config, inputs.dataset
    if not (config.evaluate_every and engine.is_main):
        return None
    from artgan.training.periodic_evaluation import prepare_evaluator

    data = build.data_name(config, dataset.options)
    return prepare_evaluator(config, dataset, data, inputs.prepared, engine.device, emit)


def _open_run(
    inputs: TrainingInputs,
    model: Model,
    engine: Engine,
    trackers: tracker.Chosen,
    parents: list[ParentRecord],
    resumed: Kind | None,
    kind: type[Kind],
    held: ExitStack,
) -> Kind:
    """Create or claim the run's folder, with its record, in the main process; return it in all processes."""
    run = resumed
    if engine.is_main:
        named = {**inputs.plugins, **{f"tracker {name}": spec for name, (spec, _) in trackers.items()}}
        entries = new_record.describe(
            inputs.request,
            model,
            inputs.prepared,
            inputs.dataset,
            engine,
            inputs.batch_size,
            inputs.budget,
            named,
        )
        if inputs.choices:
            entries["choices"] = tuple(ChoiceRecord(**asdict(choice)) for choice in inputs.choices)
        if parents:
            entries["parents"] = tuple(parents)
        run = new_record.open_run(inputs.request, entries, resumed, kind)
        held.callback(run.release)
    path = engine.broadcast(str(run.path) if run else "")
    return run or kind(Path(path))


def _make_callbacks(
    run: RunFolder,
    inputs: TrainingInputs,
    model: Model,
    evaluator: "Evaluator | None",
    engine: Engine,
    emit: Broadcast,
) -> Callbacks:
    """Return the callbacks of the main process, in the order in which they are called; the others have none."""
    if not engine.is_main:
        return Callbacks()
    config, prepared = inputs.config, inputs.prepared
    columns = sheet_columns(model.conditional, prepared.info)
    data_diversity = diversity_of_data(prepared, columns * ROWS, config.seed)
    callbacks: list[Callback] = [
        MetricsLog(run, emit),
        SampleSheets(run, columns, config.seed, emit),
        FailureMonitor(run, emit, data_diversity, stop=config.stop_on_collapse),
    ]
    if evaluator:
        from artgan.training.periodic_evaluation import PeriodicEvaluation

        callbacks.append(PeriodicEvaluation(run, evaluator, config, emit))
    callbacks.append(Checkpointer(run, config, emit))
    if engine.device.type == "cpu":
        callbacks.append(CPUContention(emit))
    return Callbacks(callbacks, emit)


def _started(run: RunFolder, trainer: Trainer) -> Started:
    engine, feed, budget = trainer.engine, trainer.feed, trainer.budget
    return Started(
        run,
        engine.device_name,
        engine.precision,
        run.details.data.images or 0,
        feed.steps_per_epoch,
        trainer.step,
        budget.max_steps,
        budget.max_seconds,
    )
