"""The loop to its end, whatever end that is: a run record that tells the truth, and the exhibit."""

from collections.abc import Callable
from contextlib import suppress

from artgan.config import Request
from artgan.errors import ArtganError, Collapsed, Terminated
from artgan.gallery.make import make_exhibit
from artgan.plugins.errors import PluginFailed, plugin_errors
from artgan.plugins.specs import Spec
from artgan.runs.checkpoint_file import checkpoint_path
from artgan.runs.folder import Kind, RunFolder
from artgan.runs.record import now
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Failed, Finished
from artgan.training.interrupts import Interrupts
from artgan.training.prepare import reporter
from artgan.training.recovery import Recovery
from artgan.training.trainer import Trainer

EXHIBIT_IMAGES = 64
# What becomes of a run that ends with an error.
STATUS = {KeyboardInterrupt: "interrupted", Terminated: "interrupted", Collapsed: "collapsed"}


def run_to_the_end(
    run: Kind,
    trainer: Trainer,
    recovery: Recovery,
    plugins: list[Spec],
    request: Request,
    engine: Engine,
    emit: Broadcast,
    save: Callable[[bool], None],
) -> Kind:
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
    def when() -> str:
        compiled = ", compiled (--no-compile takes it as it is)" if trainer.engine.compiled else ""
        return f"after step {trainer.step:,}{compiled}"

    with plugin_errors(plugins, when, only_calls=True):
        signal = trainer.run(interrupts)
        save(True)
    if trainer.stopping:
        raise Collapsed(f"The training was stopped at step {trainer.step:,} because it had failed, as was asked for.")
    return signal


def _keep_what_there_is(run: RunFolder, trainer: Trainer, save: Callable[[bool], None]) -> None:
    """A checkpoint where a plugin failed, so that hours aren't lost; the step that failed may be done by half."""
    kept = checkpoint_path(run.path / "checkpoints", trainer.step)
    if trainer.step and not kept.exists():
        with suppress(Exception):  # what broke the training may break this, too
            save(False)


def _exhibit(run: RunFolder, request: Request, emit: Broadcast) -> None:
    """The exhibit at the end; if it can't be made, the training was not for nothing."""
    report = reporter(emit, "making the exhibit")
    config = request.config
    try:
        exhibit = make_exhibit(
            run,
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
