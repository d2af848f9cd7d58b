"""One session of training, from a request to a finished run: data, model, run folder, loop, exhibit."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artgan import build
from artgan.config import Request
from artgan.data.dataset import Dataset, ImageInfo
from artgan.data.feed import Feed
from artgan.devices import using_threads
from artgan.models.model import Model
from artgan.plugins.errors import plugin_errors
from artgan.runs.entries import ChoiceRecord, ParentRecord
from artgan.runs.folder import Kind, RunFolder
from artgan.sampling.sampler import Sampler
from artgan.training import checkpoint, lifecycle, new_record, tracker, warm_start
from artgan.training.checkpointer import Checkpointer
from artgan.training.cpu_contention import CPUContention
from artgan.training.diversity import variety_of_data
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Notice, Started
from artgan.training.failure_monitor import FailureMonitor
from artgan.training.listeners import MetricsLog, SampleSheets
from artgan.training.prepare import TrainingInputs, check_not_spent_yet, check_shares, plugins_of, prepare_inputs
from artgan.training.recovery import Recovery
from artgan.training.trainer import Trainer
from artgan.util import files, paths
from artgan.util.memory import oom_hint
from artgan.util.processes import is_main_process

# Latents that batch-norm statistics are measured on: sheets are looked at once.
SHEET_STATISTICS = 512

# Options that a resumed run may change, because the result of training doesn't hang on them, or because it is the
# budget.
CHANGEABLE = frozenset(
    {"epochs", "steps", "time", "device", "precision", "threads", "devices", "nodes", "compile", "cuda_graphs"}
    | {"gallery", "sample_every", "checkpoint_every", "keep_checkpoints", "stop_on_collapse", "track"}
    | {"strict", "evaluate_every", "evaluate_metrics", "evaluate_images", "evaluate_features"}
)

_HELPS = "try a smaller --batch-size, --size or model (`artgan models`)"


@oom_hint(_HELPS)
def start(request: Request, emit: Broadcast, kind: type[Kind]) -> Kind:
    """Begin a new run. See :func:`artgan.train`."""
    with ExitStack() as held, paths.runs_in(request.runs_dir):
        return _train(request, emit, held, kind)


@oom_hint(f"{_HELPS}, or another --device")
def resume(run: Kind, request: Request, emit: Broadcast, checkpoint: str | int | Path | None = None) -> Kind:
    """Go on with ``run`` from a checkpoint of its; begin again if it has none. See :func:`artgan.resume`."""
    known = checkpoint is not None or run.checkpoints()
    source = run.checkpoint(checkpoint) if known else None
    if source is not None:
        check_not_spent_yet(run, source, request.config)  # told before images are fetched and prepared
    if source is None:
        emit(Notice(f"{run.name} was stopped before its first checkpoint: it begins again, as it began."))
    with ExitStack() as held, paths.runs_in(request.runs_dir):
        return _train(request, emit, held, type(run), run, source)


def _train(
    request: Request,
    emit: Broadcast,
    held: ExitStack,
    kind: type[Kind],
    resumed: Kind | None = None,
    source: Path | None = None,
) -> Kind:
    """Begin a run, or go on with ``resumed`` from the checkpoint ``source``; ``held`` lets go of it in the end."""
    dataset, trackers = _check(request)
    engine = Engine(request.config)
    engine.launch()
    held.enter_context(using_threads(request.config.threads))
    materials = prepare_inputs(request, dataset, engine, emit, resumed, source)
    config, prepared = materials.config, materials.prepared
    yardstick = _yardstick(materials, engine, emit)

    def make_model() -> Model:
        torch.manual_seed(config.seed)
        with engine.init_module():
            return build.build_model(config.model, config.options, prepared.info)

    model = make_model()
    for text in build.burden(model, config.model):
        emit(Notice(text))
    engine.place(model)
    # What goes on from a checkpoint of its own has no need of the runs that it once began from.
    parent = warm_start.parent_of(config) if source is None else None
    parents = warm_start.begin(model, parent) if source is None else []
    shard = (engine.rank, engine.processes)
    feed = Feed(
        prepared, materials.batch_size, config.seed, engine.device, shard, mirror=config.mirror, balance=config.balance
    )
    run = _open_run(materials, model, engine, trackers, parents, resumed, kind, held)
    trainer, keeper = _prepare_trainer(run, model, feed, materials, engine, emit)

    def save(required: bool) -> None:
        if engine.is_main:
            keeper.save(required)

    trainer.save = lambda: save(False)
    progress = checkpoint.load_for_training(source, trainer) if source is not None else {}
    if parent:
        parent.give_average(trainer.average.model)
    if engine.is_main:
        new_record.forget_after(run, trainer)
        if yardstick:
            from artgan.training.periodic_evaluation import PeriodicEvaluation

            sampler = Sampler(trainer.average.model, engine.device)
            evaluator = PeriodicEvaluation(run, sampler, yardstick, config, emit, lambda: keeper.more())
            evaluator.forget_after(trainer.step)
            trainer.evaluate = lambda: evaluator.measure(trainer)
            emit.listeners.insert(0, evaluator)
        keeper.check_space()
    if config.compile:
        engine.compile(model)
    if engine.is_main:
        _listen(run, trainer, keeper, materials, progress.get("watch", {}), emit)
        tracker.attach(trackers, run, emit)
        emit(_started(run, trainer, engine))
    if parents:
        for text in warm_start.told(model, parent, parents):
            emit(Notice(text))
        save(True)  # with it, the run can be gone on with when its parents are gone
    elif source is None and getattr(model.options, "freeze_d", False):
        emit(Notice("freeze_d keeps layers of the discriminator that have learnt nothing: it is meant for --from RUN."))
    recovery = Recovery(run, trainer, engine, make_model, emit)
    return lifecycle.run_to_the_end(
        run, trainer, recovery, list(materials.plugins.values()), materials.request, engine, emit, save
    )


def _check(request: Request) -> tuple[Dataset, tracker.Chosen]:
    """What may be wrong with the request, before anything starts; the data set and the trackers that it names."""
    config = request.config
    kind = build.model_class(config.model)
    plugins_of(config)
    dataset = build.open_dataset(config, request.data_dir)
    trackers = tracker.choose(config.track)
    check_shares(config.batch_size or kind.default_batch_size, config.devices * config.nodes)
    if config.gallery and is_main_process():
        files.require_writable(request.gallery_dir, "Choose another --gallery-dir, or --no-gallery.")
    return dataset, trackers


def _yardstick(materials: TrainingInputs, engine: Engine, emit: Broadcast) -> Any:
    """What the training is measured by, in the main process; None if it isn't."""
    config, dataset = materials.config, materials.dataset
    if not (config.evaluate_every and engine.is_main):
        return None
    from artgan.training.periodic_evaluation import prepare_evaluator

    data = build.data_name(config, dataset.options)
    return prepare_evaluator(config, dataset, data, materials.prepared, engine.device, emit)


def _open_run(
    materials: TrainingInputs,
    model: Model,
    engine: Engine,
    trackers: tracker.Chosen,
    parents: list[ParentRecord],
    resumed: Kind | None,
    kind: type[Kind],
    held: ExitStack,
) -> Kind:
    """The run's folder with its record, made or claimed by the main process and known to all."""
    run = resumed
    if engine.is_main:
        named = {**materials.plugins, **{f"tracker {name}": spec for name, (spec, _) in trackers.items()}}
        entries = new_record.describe(
            materials.request,
            model,
            materials.prepared,
            materials.dataset,
            engine,
            materials.batch_size,
            materials.budget,
            named,
        )
        if materials.choices:
            entries["choices"] = tuple(ChoiceRecord(**asdict(choice)) for choice in materials.choices)
        if parents:
            entries["parents"] = tuple(parents)
        run = new_record.open_run(materials.request, entries, resumed, kind)
        held.callback(run.release)
    path = engine.broadcast(str(run.path) if run else "")
    return run or kind(Path(path))


def _prepare_trainer(
    run: RunFolder, model: Model, feed: Feed, materials: TrainingInputs, engine: Engine, emit: Broadcast
) -> tuple[Trainer, Checkpointer]:
    """The loop, which knows how to draw a sheet, and who keeps its checkpoints."""
    config, prepared = materials.config, materials.prepared
    columns, labels = _sheet_layout(model.conditional, prepared.info)

    def sample() -> Tensor:
        trainer.average.refresh_statistics(config.seed, SHEET_STATISTICS)
        return sampler.sample(columns * 8, config.seed, labels)

    with plugin_errors([materials.plugins["model"]], lambda: "while its training was prepared"):
        trainer = Trainer(
            engine,
            model,
            feed,
            materials.budget,
            emit=emit if engine.is_main else _ignore,
            sample=sample,
            save=lambda: None,
            sample_every=config.sample_every,
            checkpoint_every=config.checkpoint_every,
            evaluate_every=config.evaluate_every,
            # What a model is made of by itself (Model.begin) may have learnt, and what joins it has not.
            young=not (config.from_run or run.details.blend),
        )
    sampler = Sampler(trainer.average.model, engine.device)
    return trainer, Checkpointer(run, trainer, config, emit)


def _listen(
    run: RunFolder,
    trainer: Trainer,
    keeper: Checkpointer,
    materials: TrainingInputs,
    watched: dict[str, Any],
    emit: Broadcast,
) -> None:
    """Who keeps the log and the sheets, and the watch, which goes on from what it had ``watched``."""
    config, prepared = materials.config, materials.prepared
    columns, _ = _sheet_layout(trainer.model.conditional, prepared.info)
    watch = FailureMonitor(run, emit, variety_of_data(prepared, columns * 8, config.seed))
    watch.restore(watched, trainer.step)
    keeper.more = lambda: {"watch": watch.state()}
    if config.stop_on_collapse:
        watch.when_failed = trainer.stop
    emit.listeners[:0] = [MetricsLog(run, emit), SampleSheets(run, columns, emit), watch]
    if trainer.engine.device.type == "cpu":
        emit.listeners.append(CPUContention(emit))


def _started(run: RunFolder, trainer: Trainer, engine: Engine) -> Started:
    feed, budget = trainer.feed, trainer.budget
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


def _sheet_layout(conditional: bool, info: ImageInfo) -> tuple[int, str | None]:
    """Columns of the sample sheets, and which labels they show: a column a label if there are a few."""
    return (min(info.labels, 16), "each") if conditional else (8, None)


def _ignore(_: object) -> None:
    pass
