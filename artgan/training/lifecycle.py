"""Runs the loop to its end, whatever that is: the run's record tells the truth, and a finished run gets an exhibit."""

from contextlib import suppress

from artgan.config import TrainingJob
from artgan.errors import ArtganError, Collapsed, Terminated
from artgan.gallery.make import make_exhibit
from artgan.plugins.errors import PluginFailed, plugin_errors
from artgan.plugins.specs import Spec
from artgan.requests.gallery import ExhibitRequest
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
# Status of a run that ends with an error; all others are "failed".
STATUS = {KeyboardInterrupt: "interrupted", Terminated: "interrupted", Collapsed: "collapsed"}


def run_to_the_end(
    run: Kind,
    trainer: Trainer,
    recovery: Recovery,
    plugins: list[Spec],
    request: TrainingJob,
    engine: Engine,
    emit: Broadcast,
) -> Kind:
    """Run the loop, keep the run's record truthful however it ends, and make the exhibit."""
    try:
        with Interrupts() as interrupts:
            signal = recovery.until_the_end(lambda: _train_and_save(trainer, plugins, interrupts))
    except BaseException as error:
        if engine.is_main:
            if isinstance(error, PluginFailed):
                _save_what_there_is(run, trainer)
            with suppress(ArtganError):  # on a full disk, report the error that led here
                run.update(status=STATUS.get(type(error), "failed"), error=f"{type(error).__name__}: {error}")
            emit(Failed(run, trainer.step, error))
        raise
    if engine.is_main:
        finished = Finished(run, trainer.step, trainer.images, trainer.seconds, signal)
        if signal is None:
            emit(finished)  # before it is recorded: a run killed in between still has its end to come
        status = "finished" if signal is None else "interrupted"
        run.update(status=status, signal=signal, ended=now(), error=None)
        if signal is not None:
            emit(finished)
        if signal is None and request.config.gallery:
            _exhibit(run, request, emit)
    engine.barrier()
    return run


def _train_and_save(trainer: Trainer, plugins: list[Spec], interrupts: Interrupts) -> int | None:
    """Train, and save the last checkpoint; return the signal that interrupted the training, if any."""

    def when() -> str:
        compiled = ", compiled (--no-compile turns that off)" if trainer.engine.compiled else ""
        return f"after step {trainer.step:,}{compiled}"

    with plugin_errors(plugins, when, only_calls=True):
        signal = trainer.run(interrupts)
        trainer.callbacks.save(trainer, required=True)
    if trainer.stopping:
        raise Collapsed(f"Training stopped at step {trainer.step:,} because it had failed (--stop-on-collapse).")
    return signal


def _save_what_there_is(run: RunFolder, trainer: Trainer) -> None:
    """Save a checkpoint where a plugin failed, so that hours aren't lost; the failed step may be half done."""
    kept = checkpoint_path(run.path / "checkpoints", trainer.step)
    if trainer.step and not kept.exists():
        with suppress(Exception):  # what broke the training may break this, too
            trainer.callbacks.save(trainer, required=False)


def _exhibit(run: RunFolder, request: TrainingJob, emit: Broadcast) -> None:
    """Make the exhibit; if that fails, say that the trained run is there, and how to try again."""
    report = reporter(emit, "making the exhibit")
    config = request.config
    try:
        exhibit = make_exhibit(
            run,
            ExhibitRequest(
                n=EXHIBIT_IMAGES,
                seed=config.seed,
                gallery_dir=request.gallery_dir,
                device=config.device,
                report=report,
            ),
        )
    except ArtganError as error:
        raise ArtganError(
            f"{run.name} is trained, in {run.path}, but its exhibit couldn't be made: {error} "
            f"Then: artgan gallery --run {run.name}"
        ) from error
    run.update(exhibit=str(exhibit.path.resolve()))
