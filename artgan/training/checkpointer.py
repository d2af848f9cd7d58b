"""Writes a run's checkpoints, and sees to it that there is room for them."""

from collections.abc import Callable
from typing import Any

from artgan.config import TrainConfig
from artgan.errors import ArtganError
from artgan.runs import checkpoints
from artgan.runs.checkpoint_file import checkpoint_path
from artgan.runs.entries import Progress
from artgan.runs.folder import RunFolder
from artgan.training import checkpoint
from artgan.training.events import CheckpointSaved, Event, Notice
from artgan.training.trainer import SECONDS_BETWEEN_CHECKPOINTS, SHEETS, Trainer
from artgan.util import files

# A checkpoint holds the networks, their average, and an optimiser's two moments.
CHECKPOINT_SHARE = 4
# Latents that batch-norm statistics are measured on: checkpoints are sampled from for good.
CHECKPOINT_STATISTICS = 4096


class Checkpointer:
    """Keeps a training's checkpoints.

    Attributes:
        more: called for JSON values that a checkpoint keeps beside the trainer's.
    """

    def __init__(self, run: RunFolder, trainer: Trainer, config: TrainConfig, emit: Callable[[Event], None]) -> None:
        self.run, self.trainer, self.config, self.emit = run, trainer, config, emit
        self.more: Callable[[], dict[str, Any]] = dict

    def save(self, required: bool) -> None:
        """Write a checkpoint and drop the oldest; a failure ends the training only if it was ``required``.

        Raises:
            Diverged: if weights are no longer finite.
            ArtganError: if it was required and can't be written.
        """
        run, trainer = self.run, self.trainer
        trainer.average.refresh_statistics(self.config.seed, CHECKPOINT_STATISTICS)
        trainer.require_finite()
        path = checkpoint_path(run.path / "checkpoints", trainer.step)
        try:
            checkpoint.save(path, trainer, **self.more())
            run.update(progress=Progress.parse(trainer.progress()))
        except ArtganError as error:
            if required:
                known = run.checkpoints()
                last = f" The last checkpoint is {known[-1]}." if known else ""
                raise ArtganError(f"{error} Make room, then go on with `artgan resume`.{last}") from error
            self.emit(Notice(f"{error} Training goes on."))
            return
        self.emit(CheckpointSaved(trainer.step, path))
        checkpoints.drop_oldest(run.path / "checkpoints", self.config.keep_checkpoints)

    def check_space(self) -> None:
        """Say so if the disk may become full before the training ends.

        Raises:
            ArtganError: if there isn't even room for a checkpoint.
        """
        one = CHECKPOINT_SHARE * sum(tensor.nbytes for tensor in self.trainer.model.state_dict().values())
        needed, free = self._files() * one, files.free_bytes(self.run.path)
        if free < one:
            raise ArtganError(
                f"{self.run.path} is on a disk with {_megabytes(free)} left, and a checkpoint takes about "
                f"{_megabytes(one)}: make room, or choose another --runs-dir."
            )
        if free < needed:
            fewer = "fewer of them (--keep-checkpoints)" if self.config.keep_checkpoints != 1 else "a smaller model"
            self.emit(
                Notice(
                    f"The checkpoints of {self.run.name} will take about {_megabytes(needed)} ({_megabytes(one)} "
                    f"each), and {_megabytes(free)} are left on the disk: make room, or keep {fewer}."
                )
            )

    def _files(self) -> int:
        """How many checkpoints there will be at once: those that stay, the one being written, the best one."""
        best = 1 if self.config.evaluate_every else 0
        if self.config.keep_checkpoints:
            return self.config.keep_checkpoints + 1 + best
        budget, every = self.trainer.budget, self.config.checkpoint_every
        if every and budget.max_steps:
            return budget.max_steps // every + 1 + best
        if budget.max_seconds:
            return int(budget.max_seconds / SECONDS_BETWEEN_CHECKPOINTS) + 2 + best
        return SHEETS  # nobody knows how long it takes


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else "less than 1 MB"
