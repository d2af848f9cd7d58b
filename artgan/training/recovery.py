"""Brings a diverged run back to its last good checkpoint, with smaller learning rates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from artgan.errors import Diverged
from artgan.models.model import Model
from artgan.runs.entries import RecoveryRecord
from artgan.runs.folder import RunFolder
from artgan.training import checkpoint
from artgan.training.engine import Engine
from artgan.training.events import Event, Notice, WentBack
from artgan.training.trainer import Trainer

R = TypeVar("R")

MOST_RECOVERIES = 3
FACTOR = 0.5


class Recovery:
    """Brings a diverged trainer back, a limited number of times in the life of a run.

    Each recovery is kept in the run's record, under ``recoveries``. Checkpoints written from then on hold the number of
    recoveries and the learning rates, so that resuming such a run is as exact as resuming any other.
    """

    def __init__(
        self,
        run: RunFolder,
        trainer: Trainer,
        engine: Engine,
        build: Callable[[], Model],
        emit: Callable[[Event], None],
    ) -> None:
        """Remember the learning rates; ``build`` makes the model as it was before the first step."""
        self.run, self.trainer, self.engine, self.build, self.emit = run, trainer, engine, build, emit
        self._first_rates = [[_rates(group) for group in optimizer.param_groups] for optimizer in trainer.optimizers]
        self._from_the_beginning = trainer.step == 0
        self._last_source: Path | None = None

    def until_the_end(self, train: Callable[[], R]) -> R:
        """Call ``train``, again whenever it diverges and the trainer can be brought back."""
        while True:
            try:
                return train()
            except Diverged as error:
                self.go_back(error)

    def go_back(self, error: Diverged) -> None:
        """Restore the trainer's last good state; raise ``error`` if that was done too often already."""
        trainer, count = self.trainer, self.trainer.recoveries + 1
        source = self._source()
        # Several processes would have to agree on it, and only one of them has the run.
        if count > MOST_RECOVERIES or self.engine.processes > 1 or (source is None and not self._from_the_beginning):
            raise error
        diverged_at, seconds = trainer.step, trainer.seconds
        done = self._load(source) if source else self._begin_again()
        trainer.seconds = seconds  # the budget stays spent
        trainer.recoveries = count
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group.update({name: rate * FACTOR ** (count - done) for name, rate in _rates(group).items()})
        self.run.set_aside_after(trainer.step)
        entry = RecoveryRecord(
            diverged_at_step=diverged_at,
            went_back_to_step=trainer.step,
            learning_rates_times=FACTOR**count,
            reason=str(error),
        )
        self.run.update(recoveries=(*self.run.details.recoveries, entry))
        self.emit(WentBack(trainer.step))
        where = f"step {trainer.step:,}" if trainer.step else "the beginning"
        self.emit(
            Notice(
                f"{error.what} Going back to {where} with {FACTOR**count:g} times the learning rates "
                f"({count} of {MOST_RECOVERIES} attempts)."
            )
        )

    def _source(self) -> Path | None:
        """Return the last checkpoint, or the one before if training diverged from the last."""
        known = self.run.checkpoints()
        if len(known) > 1 and known[-1] == self._last_source:
            known.pop()
        self._last_source = known[-1] if known else None
        return self._last_source

    def _load(self, source: Path) -> int:
        """Restore a checkpoint; return the number of recoveries that its learning rates include."""
        return int(checkpoint.load_for_training(source, self.trainer).get("recoveries", 0))

    def _begin_again(self) -> int:
        trainer = self.trainer
        fresh = self.build().state_dict()
        trainer.model.load_state_dict(fresh)
        trainer.average.model.load_state_dict(fresh)
        for optimizer, groups in zip(trainer.optimizers, self._first_rates, strict=True):
            optimizer.state.clear()
            for group, rates in zip(optimizer.param_groups, groups, strict=True):
                group.update(rates)
        trainer.restore({**trainer.progress(), "step": 0, "images": 0, "losses": {}})
        return 0


def _rates(group: dict[str, Any]) -> dict[str, float]:
    """Return the learning rate of a parameter group, and the one from which its schedule starts."""
    return {name: float(group[name]) for name in ("lr", "initial_lr") if name in group}
