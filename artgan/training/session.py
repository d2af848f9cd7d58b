"""One session of training, from a request to a finished run: data, model, run folder, loop, exhibit."""

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path

import torch

from artgan import files
from artgan.blame import PluginFailed, blaming
from artgan.choices import Choice
from artgan.config import Request
from artgan.data.dataset import Dataset, ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared, prepare
from artgan.errors import ArtganError, Collapsed, Terminated, UserError
from artgan.gallery.sampler import Sampler
from artgan.models.model import Model
from artgan.processes import is_main_process
from artgan.run_folder import now
from artgan.runs import Run
from artgan.shortage import naming_what_helps
from artgan.specs import Spec
from artgan.training import advice, checkpoint, record, setup, tracker
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Chosen, Failed, Finished, Notice, Preparing, Started
from artgan.training.interrupts import Interrupts
from artgan.training.keeper import Keeper
from artgan.training.listeners import MetricsLog, SampleSheets
from artgan.training.recovery import Recovery
from artgan.training.trainer import Trainer
from artgan.training.variety import variety_of_data
from artgan.training.watch import Watch

EXHIBIT_IMAGES = 64
# Latents that batch-norm statistics are measured on: sheets are looked at once.
SHEET_STATISTICS = 512
SECONDS_BETWEEN_REPORTS = 0.1
# What becomes of a run that ends with an error.
STATUS = {KeyboardInterrupt: "interrupted", Terminated: "interrupted", Collapsed: "collapsed"}

# Options that a resumed run may change, because the result of training doesn't hang on them, or because it is the
# budget.
CHANGEABLE = frozenset(
    {"epochs", "steps", "time", "device", "precision", "devices", "nodes", "compile"}
    | {"gallery", "sample_every", "checkpoint_every", "keep_checkpoints", "stop_on_collapse", "track"}
    | {"strict", "evaluate_every", "evaluate_metrics", "evaluate_images", "evaluate_features"}
)


_HELPS = "try a smaller --batch-size, --size or model (`artgan models`)"


@naming_what_helps(_HELPS)
def start(request: Request, emit: Broadcast) -> Run:
    """Begin a new run. See :func:`artgan.train`."""
    with ExitStack() as held:
        return _train(request, emit, held)


@naming_what_helps(f"{_HELPS}, or another --device")
def resume(run: Run, request: Request, emit: Broadcast, checkpoint: str | int | Path | None = None) -> Run:
    """Go on with ``run`` from a checkpoint of its; begin again if it has none. See :func:`artgan.resume`."""
    known = checkpoint is not None or run.checkpoints()
    source = run.checkpoint(checkpoint) if known else None
    if source is None:
        emit(Notice(f"{run.name} was stopped before its first checkpoint: it begins again, as it began."))
    with ExitStack() as held:
        return _train(request, emit, held, run, source)


def _train(
    request: Request, emit: Broadcast, held: ExitStack, resumed: Run | None = None, source: Path | None = None
) -> Run:
    """Begin a run, or go on with ``resumed`` from the checkpoint ``source``; ``held`` lets go of it in the end."""
    config = request.config
    kind = setup.model_class(config.model)
    plugins = setup.plugins(config, setup.model_options(config.model, config.options))
    dataset = setup.open_dataset(config, request.data_dir)
    trackers = tracker.choose(config.track)
    _check_shares(config.batch_size or kind.default_batch_size, config.devices * config.nodes)
    if config.gallery and is_main_process():
        files.require_writable(request.gallery_dir)
    engine = Engine(config)
    engine.launch()
    with blaming([plugins["data"]], lambda: "while its images were read"):
        called = setup.data_name(config, dataset.options)
        _fetch(dataset, called, engine, emit)
        choices: list[Choice] = []
        if resumed is None:
            config, choices = advice.advise(config, dataset)
            request = replace(request, config=config)
            emit(Chosen(tuple(choices)))
        prepared = _prepare(dataset, config.data, called, engine, emit, config.strict)
    kind = setup.model_class(config.model)
    plugins = setup.plugins(config, setup.model_options(config.model, config.options))
    batch_size, budget = setup.resolve_budget(config, kind, len(prepared))
    _check_shares(batch_size, engine.processes)
    if resumed is not None:
        record.check_same_data(resumed, prepared, emit)
        if not (config.steps or config.epochs or config.time):
            budget = setup.Budget(**resumed.record["budget"])
        if source is not None:
            _check_budget(resumed, source, budget)

    yardstick = None
    if config.evaluate_every and engine.is_main:
        from artgan.training.evaluation import Evaluator, prepare_yardstick

        yardstick = prepare_yardstick(config, dataset, called, prepared, engine.device, emit)

    def build() -> Model:
        torch.manual_seed(config.seed)
        with engine.init_module():
            return setup.build_model(config.model, config.options, prepared.info)

    model = build()
    engine.place(model)
    shard = (engine.rank, engine.processes)
    feed = Feed(prepared, batch_size, config.seed, engine.device, shard, mirror=config.mirror, balance=config.balance)

    run = resumed
    if engine.is_main:
        named = {**plugins, **{f"tracker {name}": spec for name, (spec, _) in trackers.items()}}
        entries = record.describe(request, model, prepared, dataset, engine, batch_size, budget, named)
        if choices:
            entries["choices"] = [asdict(choice) for choice in choices]
        run = record.open_run(request, entries, resumed)
        held.callback(run.release)
    path = engine.broadcast(str(run.path) if run else "")
    run = run or Run(Path(path))

    with blaming([plugins["model"]], lambda: "while its training was prepared"):
        trainer = Trainer(
            engine,
            model,
            feed,
            budget,
            emit=emit if engine.is_main else _ignore,
            sample=lambda: sample(),
            save=lambda: save(required=False),
            evaluate=lambda: evaluator.measure(trainer) if evaluator else None,
            sample_every=config.sample_every,
            checkpoint_every=config.checkpoint_every,
            evaluate_every=config.evaluate_every,
        )
    sampler = Sampler(trainer.average.model, engine.device)
    evaluator = Evaluator(run, sampler, yardstick, config, emit) if yardstick else None
    columns, labels = _sheet_layout(model.conditional, prepared.info)

    def sample() -> torch.Tensor:
        trainer.average.refresh_statistics(config.seed, SHEET_STATISTICS)
        return sampler.sample(columns * 8, config.seed, labels)

    keeper = Keeper(run, trainer, config, emit)

    def save(required: bool) -> None:
        if engine.is_main:
            keeper.save(required)

    progress = checkpoint.load_for_training(source, trainer) if source is not None else {}
    if engine.is_main:
        record.forget_after(run, trainer)
        if evaluator:
            evaluator.forget_after(trainer.step)
            emit.listeners.insert(0, evaluator)
        keeper.check_space()
    if config.compile:
        for network in model.children():
            network.compile()
    if engine.is_main:
        watch = Watch(run, emit, variety_of_data(prepared, columns * 8, config.seed))
        watch.restore(progress.get("watch", {}), trainer.step)
        keeper.more = lambda: {"watch": watch.state()}
        if config.stop_on_collapse:
            watch.when_failed = trainer.stop
        emit.listeners[:0] = [MetricsLog(run, emit), SampleSheets(run, columns, emit), watch]
        tracker.attach(trackers, run, emit)
        emit(
            Started(
                run,
                engine.device_name,
                engine.precision,
                len(prepared),
                feed.steps_per_epoch,
                trainer.step,
                budget.max_steps,
                budget.max_seconds,
            )
        )
    recovery = Recovery(run, trainer, engine, build, emit)
    return _run_to_the_end(run, trainer, recovery, list(plugins.values()), request, engine, emit, save)


def _run_to_the_end(
    run: Run,
    trainer: Trainer,
    recovery: Recovery,
    plugins: list[Spec],
    request: Request,
    engine: Engine,
    emit: Broadcast,
    save: Callable[[bool], None],
) -> Run:
    """The loop, with a run record that tells the truth however it ends."""
    try:
        with Interrupts() as interrupts:
            signal = recovery.until_the_end(lambda: _train_and_save(trainer, plugins, interrupts, save))
    except BaseException as error:
        if engine.is_main:
            if isinstance(error, PluginFailed):
                _keep_what_there_is(run, trainer, save)
            with suppress(ArtganError):  # on a full disk, the error that led here is the one to tell
                run.update(status=STATUS.get(type(error), "failed"), error=f"{type(error).__name__}: {error}")
            emit(Failed(run, trainer.step, error))
        raise
    if engine.is_main:
        finished = Finished(run, trainer.step, trainer.images, trainer.seconds, signal)
        if signal is None:
            emit(finished)  # before it is on record: one that is killed on the way has its end to come
        status = "finished" if signal is None else "interrupted"
        run.update(status=status, signal=signal, ended=now(), error=None)
        if signal is not None:
            emit(finished)
        if signal is None and request.config.gallery:
            _exhibit(run, request, emit)
    engine.barrier()
    return run


def _train_and_save(
    trainer: Trainer, plugins: list[Spec], interrupts: Interrupts, save: Callable[[bool], None]
) -> int | None:
    with blaming(plugins, lambda: f"after step {trainer.step:,}", within=("train_step", "sample")):
        signal = trainer.run(interrupts)
        save(True)
    if trainer.stopping:
        raise Collapsed(f"The training was stopped at step {trainer.step:,} because it had failed, as was asked for.")
    return signal


def _keep_what_there_is(run: Run, trainer: Trainer, save: Callable[[bool], None]) -> None:
    """A checkpoint where a plugin failed, so that hours aren't lost; the step that failed may be done by half."""
    kept = checkpoint.checkpoint_path(run.path / "checkpoints", trainer.step)
    if trainer.step and not kept.exists():
        with suppress(Exception):  # what broke the training may break this, too
            save(False)


def _exhibit(run: Run, request: Request, emit: Broadcast) -> None:
    """The exhibit at the end; if it can't be made, the training was not for nothing."""
    report = _reporter(emit, "making the exhibit")
    config = request.config
    try:
        exhibit = run.gallery(
            n=EXHIBIT_IMAGES,
            seed=config.seed,
            gallery_dir=request.gallery_dir,
            device=config.device,
            report=report,
        )
    except ArtganError as error:
        raise ArtganError(
            f"{run.name} is trained, in {run.path}, but its exhibit couldn't be made: {error} "
            f"Then: artgan gallery --run {run.name}"
        ) from error
    run.update(exhibit=str(exhibit.path.resolve()))


def _check_shares(batch_size: int, processes: int) -> None:
    if batch_size % processes:
        raise UserError(f"--batch-size {batch_size} can't be shared equally by {processes} processes.")


def _check_budget(run: Run, source: Path, budget: setup.Budget) -> None:
    if run.record.get("status") != "finished":
        return  # one that was killed after its last step still has its end to come
    progress = checkpoint.load_progress(source)
    step, seconds = progress["step"], progress["seconds"]
    if budget.fraction(step, seconds) >= 1:
        raise UserError(
            f"{run.name} has spent its budget ({step} steps, {seconds:.0f} s). Give it a longer one, counted from its "
            f"beginning: artgan resume {run.name} --steps {2 * step}"
        )


def _fetch(dataset: Dataset, name: str, engine: Engine, emit: Broadcast) -> None:
    """In the main process, then, when everything is there, in the others."""
    if engine.is_main:
        dataset.fetch(_reporter(emit, f"fetching {name}"))
    engine.barrier()
    if not engine.is_main:
        dataset.fetch(lambda done, total: None)


def _prepare(dataset: Dataset, name: str, called: str, engine: Engine, emit: Broadcast, strict: bool) -> Prepared:
    """Prepare in the main process, then open in the others; ``called`` is what the user calls it."""
    if engine.is_main:
        try:
            prepared = prepare(dataset, name, _reporter(emit, f"preparing {called}"), strict)
        except KeyboardInterrupt:
            emit(Notice("What was prepared is kept: the same command goes on with it."))
            raise
        for note in prepared.notes:
            emit(Notice(note))
    engine.barrier()
    if not engine.is_main:
        prepared = prepare(dataset, name)
    return prepared


def _sheet_layout(conditional: bool, info: ImageInfo) -> tuple[int, str | None]:
    """Columns of the sample sheets, and which labels they show: a column a label if there are a few."""
    return (min(info.labels, 16), "each") if conditional else (8, None)


def _reporter(emit: Broadcast, what: str) -> Callable[[int, int | None], None]:
    """A report function that sends :class:`Preparing`, a few times a second and at the end."""
    last = 0.0

    def report(done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > SECONDS_BETWEEN_REPORTS or done == total:
            last = now
            emit(Preparing(what, done, total))

    return report


def _ignore(_: object) -> None:
    pass
