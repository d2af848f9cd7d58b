"""Writes a run's checkpoints, and checks that the disk has room for them."""

from collections.abc import Callable

from artgan.config import TrainConfig
from artgan.errors import ArtganError
from artgan.models.model import Model
from artgan.runs import checkpoints
from artgan.runs.checkpoint_file import checkpoint_path
from artgan.runs.entries import Progress
from artgan.runs.folder import RunFolder
from artgan.training import checkpoint
from artgan.training.budget import Budget
from artgan.training.callback import Callback, Training
from artgan.training.events import CheckpointSaved, Event, Notice
from artgan.training.schedule import SECONDS_BETWEEN_CHECKPOINTS, SHEETS
from artgan.util import files

# A checkpoint holds the networks, their average, and an optimiser's two moments.
CHECKPOINT_SHARE = 4
# Latents for the batch-norm statistics of a checkpoint, which may be sampled from at any time.
CHECKPOINT_STATISTICS = 4096


class Checkpointer(Callback):
    """Saves a run's checkpoints, and deletes old ones."""

    def __init__(self, run: RunFolder, config: TrainConfig, emit: Callable[[Event], None]) -> None:
        self.run, self.config, self.emit = run, config, emit

    def on_checkpoint_due(self, training: Training, required: bool) -> None:
        """Write a checkpoint and delete the oldest; a failure ends the training only if it was ``required``.

        Raises:
            Diverged: if weights are no longer finite.
            ArtganError: if it was required and can't be written.
        """
        run = self.run
        training.average.refresh_statistics(self.config.seed, CHECKPOINT_STATISTICS)
        training.require_finite()
        path = checkpoint_path(run.path / "checkpoints", training.step)
        try:
            checkpoint.save(path, training)
            run.update(progress=Progress.parse(training.progress()))
        except ArtganError as error:
            if required:
                known = run.checkpoints()
                last = f" The last checkpoint is {known[-1]}." if known else ""
                raise ArtganError(f"{error} Make room, then continue with `artgan resume`.{last}") from error
            self.emit(Notice(f"{error} Training continues."))
            return
        self.emit(CheckpointSaved(training.step, path))
        checkpoints.drop_oldest(run.path / "checkpoints", self.config.keep_checkpoints)


def check_space(
    run: RunFolder, model: Model, budget: Budget, config: TrainConfig, emit: Callable[[Event], None]
) -> None:
    """Emit a notice if the disk may fill up before the training ends.

    Raises:
        ArtganError: if there isn't even room for one checkpoint.
    """
    one = CHECKPOINT_SHARE * sum(tensor.nbytes for tensor in model.state_dict().values())
    needed, free = _most_files(budget, config) * one, files.free_bytes(run.path)
    if free < one:
        raise ArtganError(
            f"{run.path} is on a disk with {_megabytes(free)} left, and a checkpoint takes about "
            f"{_megabytes(one)}: make room, or choose another --runs-dir."
        )
    if free < needed:
        fewer = "fewer of them (--keep-checkpoints)" if config.keep_checkpoints != 1 else "a smaller model"
        emit(
            Notice(
                f"The checkpoints of {run.name} will take about {_megabytes(needed)} ({_megabytes(one)} each), but the "
                f"disk has only {_megabytes(free)} left: make room, or keep {fewer}."
            )
        )


def _most_files(budget: Budget, config: TrainConfig) -> int:
    """Return how many checkpoints exist at once: those that are kept, the one being written, the best one."""
    best = 1 if config.evaluate_every else 0
    if config.keep_checkpoints:
        return config.keep_checkpoints + 1 + best
    if config.checkpoint_every and budget.max_steps:
        return budget.max_steps // config.checkpoint_every + 1 + best
    if budget.max_seconds:
        return int(budget.max_seconds / SECONDS_BETWEEN_CHECKPOINTS) + 2 + best
    return SHEETS  # how long it takes is unknown


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "less than 1 MB"
