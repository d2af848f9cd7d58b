"""The schedule of samples, evaluations and checkpoints."""

from dataclasses import dataclass

# Sample sheets in a run, and seconds between its checkpoints, unless the user sets an interval.
SHEETS = 24
SECONDS_BETWEEN_CHECKPOINTS = 120


@dataclass(frozen=True, slots=True)
class Schedule:
    """Intervals between samples, checkpoints and evaluations.

    Attributes:
        sample_every: steps between sheets of samples; None: :data:`SHEETS` over the whole training.
        checkpoint_every: steps between checkpoints; None: :data:`SECONDS_BETWEEN_CHECKPOINTS` apart.
        evaluate_every: steps between evaluations; None: never.
    """

    sample_every: int | None = None
    checkpoint_every: int | None = None
    evaluate_every: int | None = None

    def next_sheet(self, fraction: float) -> int:
        """Return the number of the next sheet: sheets are denser at the start, where more changes."""
        return int(SHEETS * fraction ** (2 / 3) + 1e-9) + 1

    def is_sample_due(self, step: int, fraction: float, sheet: int) -> bool:
        """Return whether a sheet is due, the number of the next being ``sheet``."""
        if fraction >= 1:
            return False  # the last sheet is drawn after the loop
        if self.sample_every:
            return step % self.sample_every == 0
        return self.next_sheet(fraction) > sheet

    def is_checkpoint_due(self, step: int, seconds_since_last: float) -> bool:
        """Return whether a checkpoint is due."""
        if self.checkpoint_every:
            return step % self.checkpoint_every == 0
        return seconds_since_last > SECONDS_BETWEEN_CHECKPOINTS

    def is_evaluation_due(self, step: int) -> bool:
        """Return whether an evaluation is due."""
        return self.evaluate_every is not None and step % self.evaluate_every == 0
