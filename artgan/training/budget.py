"""Decides when training ends."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from artgan.config import TrainConfig
from artgan.errors import UserError
from artgan.models.model import Model

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a run, whose training ends at the first that it reaches; None: unlimited."""

    max_steps: int | None
    max_seconds: float | None

    def fraction(self, step: int, seconds: float) -> float:
        """Return the share of it that is spent, in [0, 1]."""
        spent = 0.0
        if self.max_steps:
            spent = step / self.max_steps
        if self.max_seconds:
            spent = max(spent, seconds / self.max_seconds)
        return min(spent, 1.0)


def longer(step: int) -> str:
    """Return the option with which a run can continue that has spent its budget after ``step`` steps."""
    return f"--steps {max(2 * step, 1)}"


def check_not_spent(run: "RunFolder", step: int, seconds: float, budget: Budget) -> None:
    """Raise :class:`UserError` if a finished run has nothing left to do at ``step``."""
    if run.details.status == "finished" and budget.fraction(step, seconds) >= 1:
        # A run that was killed after its last step isn't finished: it lacks what comes after the loop.
        raise UserError(
            f"{run.name} has spent its budget ({step:,} steps, {seconds:.0f} s). Give it a longer one, counted from "
            f"its beginning: `artgan resume {run.name} {longer(step)}`."
        )


def resolve_budget(config: TrainConfig, kind: type[Model], images: int) -> tuple[int, Budget]:
    """Return the batch size and the budget: those of ``config``, else the model's defaults."""
    batch_size = config.batch_size or kind.default_batch_size
    limits = []
    if config.steps:
        limits.append(config.steps)
    if config.epochs:
        limits.append(max(1, round(config.epochs * images / batch_size)))
    if not limits and not config.time:
        limits.append(kind.default_steps)
    return batch_size, Budget(min(limits) if limits else None, config.time)
