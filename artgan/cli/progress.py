"""The progress of a training run in numbers, gathered from its events, for displays and ``--json``."""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from artgan.training import events

# Weight of each new value of a metric, whose displayed number averages over the last thirty or so.
FRESH = 0.06
# Points of history that a metric keeps for its sparkline; an even number.
POINTS = 120
# The speed shown is that of the last few seconds.
SPEED_SECONDS = 8.0

BARS = "▁▂▃▄▅▆▇█"
ASCII_BARS = "_.-~=+*#"


@dataclass(slots=True)
class Settled:
    """A noisy value, smoothed, with its whole history in at most :data:`POINTS` points."""

    history: list[float] = field(default_factory=list)
    _mean: float = 0.0
    _weight: float = 0.0
    _stride: int = 1
    _waiting: list[float] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The smoothed value, corrected for the start at zero as in Adam."""
        return self._mean / self._weight if self._weight else 0.0

    def add(self, value: float) -> None:
        """Add the next value."""
        self._mean += FRESH * (value - self._mean)
        self._weight += FRESH * (1 - self._weight)
        self._waiting.append(self.value)
        if len(self._waiting) < self._stride:
            return
        self.history.append(sum(self._waiting) / len(self._waiting))
        self._waiting.clear()
        if len(self.history) == POINTS:
            pairs = zip(self.history[::2], self.history[1::2], strict=True)
            self.history = [(first + second) / 2 for first, second in pairs]
            self._stride *= 2

    def sparkline(self, width: int, bars: str = BARS) -> str:
        """Return the history as a line of at most ``width`` characters, scaled from its lowest to its highest value."""
        points = _shrink(self.history, width)
        if len(points) < 2:
            return ""
        low, high = min(points), max(points)
        # Changes of less than one per cent aren't worth drawing.
        if high - low <= 0.01 * max(abs(high), abs(low)):
            return bars[len(bars) // 2] * len(points)
        return "".join(bars[round((point - low) / (high - low) * (len(bars) - 1))] for point in points)


class Progress:
    """A listener that remembers the progress of a training run."""

    def __init__(self) -> None:
        self.started: events.Started | None = None
        self.finished: events.Finished | None = None
        self.failed: events.Failed | None = None
        self.evaluated: events.Evaluated | None = None
        self.checkpoint: Path | None = None
        self.sampled_at: int | None = None
        self.step = self.images = 0
        self.seconds = 0.0
        self.fraction = 0.0
        self.metrics: dict[str, Settled] = {}
        self._first: tuple[float, float] | None = None
        self._recent: deque[tuple[float, int]] = deque()

    def __call__(self, event: events.Event) -> None:
        """Process an event."""
        match event:
            case events.Started():
                self.started, self.step = event, event.first_step
                self.checkpoint = next(reversed(event.run.checkpoints()), None)
            case events.Step():
                self._take_step(event)
            case events.WentBack():
                self.step = event.step
            case events.Samples():
                self.sampled_at = event.step
            case events.Evaluated():
                self.evaluated = event
            case events.Failed():
                self.failed = event
            case events.CheckpointSaved():
                self.checkpoint = event.path
            case events.Finished():
                self.finished = event
                self.step, self.images, self.seconds = event.step, event.images, event.seconds

    @property
    def epoch(self) -> float:
        """Passes over the data set so far."""
        return self.step / self.started.steps_per_epoch if self.started and self.started.steps_per_epoch else 0.0

    @property
    def images_per_second(self) -> float | None:
        """The speed over the last few seconds; None until there is one."""
        if len(self._recent) < 2:
            return None
        (began, first), (now, last) = self._recent[0], self._recent[-1]
        return (last - first) / (now - began) if now > began else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the budget is spent, at this session's pace; None if that isn't known yet."""
        if self._first is None:
            return None
        began, spent = self._first
        if self.fraction <= spent or self.seconds - began < 1:
            return None
        return (1 - self.fraction) * (self.seconds - began) / (self.fraction - spent)

    @property
    def run_path(self) -> Path | None:
        """The run's folder."""
        return self.started.run.path if self.started else None

    def _take_step(self, event: events.Step) -> None:
        self.step, self.images, self.seconds = event.step, event.images, event.seconds
        self.fraction = event.fraction
        if self._first is None:
            self._first = event.seconds, event.fraction
        self._recent.append((event.seconds, event.images))
        while event.seconds - self._recent[0][0] > SPEED_SECONDS and len(self._recent) > 2:
            self._recent.popleft()
        for name, value in (event.metrics or {}).items():
            self.metrics.setdefault(name, Settled()).add(value)


def number(value: float) -> str:
    """Return a metric's number in about six characters: ``0.713``, ``12.4``, ``1.2e+05``."""
    size = abs(value)
    if size >= 10_000 or 0 < size < 0.0005:
        return f"{value:.1e}"
    return f"{value:.0f}" if size >= 1000 else f"{value:.1f}" if size >= 100 else f"{value:.3f}"


def _shrink(values: list[float], width: int) -> list[float]:
    if width <= 0:
        return []
    if len(values) <= width:
        return values
    edges = [round(index * len(values) / width) for index in range(width + 1)]
    return [sum(values[start:stop]) / (stop - start) for start, stop in pairwise(edges)]
