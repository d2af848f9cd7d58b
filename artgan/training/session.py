"""One session of training, from a request to a finished run: data, model, run folder, loop, exhibit."""

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

import artgan
from artgan.config import Request, TrainConfig
from artgan.data.dataset import Dataset, ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared, prepare
from artgan.errors import ArtganError, UserError
from artgan.gallery.sampler import Sampler
from artgan.runs import Run
from artgan.training import checkpoint, setup
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, CheckpointSaved, Failed, Finished, Notice, Preparing, Started
from artgan.training.interrupts import Interrupts
from artgan.training.listeners import MetricsLog, SampleSheets
from artgan.training.trainer import Trainer

EXHIBIT_IMAGES = 64
# Latents that batch-norm statistics are measured on: sheets are looked at once, checkpoints sampled from for good.
SHEET_STATISTICS = 512
CHECKPOINT_STATISTICS = 4096
SECONDS_BETWEEN_REPORTS = 0.1

# Options that a resumed run may change, because the result of training doesn't hang on them, or because it is the
# budget.
CHANGEABLE = frozenset(
    {"epochs", "steps", "time", "device", "precision", "devices", "nodes", "compile"}
    | {"gallery", "sample_every", "checkpoint_every", "keep_checkpoints"}
)


def start(request: Request, emit: Broadcast) -> Run:
    """Begin a new run. See :func:`artgan.train`."""
    return _train(request, emit, None)


def resume(run: Run, request: Request, emit: Broadcast) -> Run:
    """Go on with ``run``. See :func:`artgan.resume`."""
    run.checkpoint()
    return _train(request, emit, run)


def _train(request: Request, emit: Broadcast, resumed: Run | None) -> Run:
    config = request.config
    kind = setup.model_class(config.model)
    setup.model_options(config.model, config.options)
    dataset = setup.open_dataset(config, request.data_dir)
    engine = Engine(config)
    engine.launch()
    prepared = _prepare(dataset, config.data, engine, emit)
    _check_same_data(resumed, prepared, emit)
    batch_size, budget = setup.resolve_budget(config, kind, len(prepared))
    if batch_size % engine.processes:
        raise UserError(f"--batch-size {batch_size} can't be shared equally by {engine.processes} processes.")

    torch.manual_seed(config.seed)
    with engine.init_module():
        model = setup.build_model(config.model, config.options, prepared.info)
    engine.place(model)
    shard = (engine.rank, engine.processes)
    feed = Feed(prepared, batch_size, config.seed, engine.device, shard)

    if resumed is not None and budget.fraction(*_progress(resumed)) >= 1:
        step, seconds = _progress(resumed)
        raise UserError(
            f"{resumed.name} has spent its budget ({step} steps, {seconds:.0f} s). Give it a longer one, counted from "
            f"its beginning: artgan resume {resumed.name} --steps {2 * step}"
        )
    run = resumed
    if engine.is_main:
        record = _record(request, model, prepared, dataset, engine, batch_size)
        if run is None:
            run = Run.create(request.runs_dir, request.name, f"{config.model}-{config.data}", record)
        run.claim()
        run.update(**record)
    path = engine.broadcast(str(run.path) if run else "")
    run = run or Run(Path(path))

    trainer = Trainer(
        engine,
        model,
        feed,
        budget,
        emit=emit if engine.is_main else _ignore,
        sample=lambda: sample(),
        save=lambda: save(required=False),
        sample_every=config.sample_every,
        checkpoint_every=config.checkpoint_every,
    )
    sampler = Sampler(trainer.average.model, engine.device)
    columns, labels = _sheet_layout(model.conditional, prepared.info)

    def sample() -> torch.Tensor:
        trainer.average.refresh_statistics(config.seed, SHEET_STATISTICS)
        return sampler.sample(columns * 8, config.seed, labels)

    def save(required: bool) -> None:
        if engine.is_main:
            _save(run, trainer, config, emit, required)

    if resumed is not None:
        progress = checkpoint.load_for_training(run.checkpoint(), model, trainer.average.model, trainer.optimizers)
        trainer.restore(progress)
    if config.compile:
        for network in model.children():
            network.compile()
    if engine.is_main:
        emit.listeners[:0] = [MetricsLog(run), SampleSheets(run, columns)]
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
    return _run_to_the_end(run, trainer, request, engine, emit, save)


def _run_to_the_end(
    run: Run,
    trainer: Trainer,
    request: Request,
    engine: Engine,
    emit: Broadcast,
    save: Callable[[bool], None],
) -> Run:
    """The loop, with a run record that tells the truth however it ends."""
    try:
        with Interrupts() as interrupts:
            signal = trainer.run(interrupts)
            save(True)
    except BaseException as error:
        if engine.is_main:
            interrupted = isinstance(error, KeyboardInterrupt)
            run.update(status="interrupted" if interrupted else "failed", error=f"{type(error).__name__}: {error}")
            emit(Failed(run, trainer.step, error))
        if isinstance(error, torch.OutOfMemoryError):
            raise ArtganError(
                "The device is out of memory: try a smaller --batch-size, --size or model (`artgan models`)."
            ) from error
        raise
    if engine.is_main:
        status = "finished" if signal is None else "interrupted"
        run.update(status=status, signal=signal, ended=_now(), error=None)
        emit(Finished(run, trainer.step, trainer.images, trainer.seconds, signal))
        if signal is None and request.config.gallery:
            report = _reporter(emit, "making the exhibit")
            exhibit = run.gallery(
                n=EXHIBIT_IMAGES, seed=request.config.seed, gallery_dir=request.gallery_dir, report=report
            )
            run.update(exhibit=str(exhibit.path.resolve()))
    engine.barrier()
    return run


def _prepare(dataset: Dataset, name: str, engine: Engine, emit: Broadcast) -> Prepared:
    """Fetch and prepare in the main process, then open in the others."""
    if engine.is_main:
        dataset.fetch(_reporter(emit, f"fetching {name}"))
        prepared = prepare(dataset, name, _reporter(emit, f"preparing {name}"))
        for note in prepared.notes:
            emit(Notice(note))
    engine.barrier()
    if not engine.is_main:
        dataset.fetch(lambda done, total: None)
        prepared = prepare(dataset, name)
    return prepared


def _save(run: Run, trainer: Trainer, config: TrainConfig, emit: Broadcast, required: bool) -> None:
    """Write a checkpoint and drop the oldest; a failure ends the run only if it was ``required``."""
    trainer.average.refresh_statistics(config.seed, CHECKPOINT_STATISTICS)
    path = checkpoint.checkpoint_path(run.path / "checkpoints", trainer.step)
    model = trainer.model
    try:
        checkpoint.save(path, model, trainer.average.model, model.averaged, trainer.optimizers, trainer.progress())
        run.update(progress=trainer.progress())
    except ArtganError as error:
        if required:
            known = run.checkpoints()
            last = f" The last checkpoint is {known[-1]}." if known else ""
            raise ArtganError(f"{error}{last}") from error
        emit(Notice(f"{error} Training goes on."))
        return
    emit(CheckpointSaved(trainer.step, path))
    if config.keep_checkpoints:
        for old in run.checkpoints()[: -config.keep_checkpoints]:
            old.unlink(missing_ok=True)


def _record(
    request: Request, model: Any, prepared: Prepared, dataset: Dataset, engine: Engine, batch_size: int
) -> dict[str, Any]:
    """What ``run.json`` holds of everything that affects the result."""
    info = prepared.info
    config = request.config.model_copy(update={"batch_size": batch_size})
    return {
        "config": config.model_dump(mode="json"),
        "model": {
            "options": model.options.model_dump(mode="json"),
            "parameters": {n: sum(p.numel() for p in child.parameters()) for n, child in model.named_children()},
        },
        "data": {
            "shape": list(info.shape),
            "labels": list(info.label_names),
            "images": len(prepared),
            "options": dataset.options.model_dump(mode="json"),
            "fingerprint": prepared.fingerprint,
            "folder": str(request.data_dir.resolve()),
            "licence": dataset.licence,
        },
        "device": engine.device_name,
        "precision": engine.precision,
        "processes": engine.processes,
        "plugins": setup.provenance(config),
        "versions": {
            "artgan": artgan.__version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "lightning-fabric": version("lightning-fabric"),
            "platform": platform.platform(),
        },
    }


def _check_same_data(run: Run | None, prepared: Prepared, emit: Broadcast) -> None:
    if run is None or run.record["data"]["fingerprint"] == prepared.fingerprint:
        return
    if run.image_info() != prepared.info:
        raise UserError(f"The images of {run.name} have changed in shape or labels since it started: start a new run.")
    emit(Notice(f"The images have changed since {run.name} started; it goes on with what is there now."))


def _progress(run: Run) -> tuple[int, float]:
    progress = checkpoint.load_progress(run.checkpoint())
    return progress["step"], progress["seconds"]


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
