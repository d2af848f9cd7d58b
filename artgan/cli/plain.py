"""Progress for pipes, log files and CI: plain lines without control codes."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from artgan.cli import output
from artgan.cli.output import duration, short_path
from artgan.cli.progress import Progress, number
from artgan.training import events
from artgan.util.text import pluralize

SECONDS_BETWEEN_LINES = 10.0


class PlainDisplay:
    """A listener that writes a line at the start, every ten seconds, and for each event of note."""

    def __init__(
        self, course: Progress, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.course, self.stream, self.clock = course, stream or sys.stderr, clock
        self._last_line = self.clock()
        self._preparing = ""

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, event: events.Event) -> None:
        """Write a line if the event deserves one."""
        match event:
            case events.Preparing():
                self._prepare(event)
            case events.Chosen():
                if event.choices:
                    self._write(output.CHOSEN)
                for line in output.choice_lines(event.choices):
                    self._write(f"  {line}")
            case events.Started():
                self._write(started_line(event))
            case events.Step() if self._is_due():
                self._write(progress_line(self.course))
            case events.Finished():
                self._write(progress_line(self.course))
            case events.Evaluated():
                self._write(f"step {event.step:,} evaluated: {figures_text(event)}")
            case events.Notice():
                self._write(event.text)

    def _prepare(self, event: events.Preparing) -> None:
        if event.what != self._preparing:
            self._preparing = event.what
            self._write(event.what)
        elif self._is_due() and event.total:
            self._write(f"{event.what}: {event.done / event.total:.0%}")

    def _is_due(self) -> bool:
        return self.clock() - self._last_line >= SECONDS_BETWEEN_LINES

    def _write(self, text: str) -> None:
        self._last_line = self.clock()
        print(text, file=self.stream, flush=True)


def started_line(event: events.Started) -> str:
    """Return ``run dcgan-mnist-001: dcgan on mnist, 60,000 images, cpu, bf16-mixed, in runs/dcgan-mnist-001``."""
    begun = f", from step {event.first_step:,}" if event.first_step else ""
    return (
        f"run {event.run.name}: {subject(event)}, {pluralize(event.images, 'image')}, {event.device}, "
        f"{event.precision}, in {short_path(event.run.path)}{begun}"
    )


def figures_text(event: events.Evaluated) -> str:
    """Return ``fid 23.4, recall 0.513``."""
    return ", ".join(f"{name} {number(value)}" for name, value in event.figures.items() if not name.endswith("_std"))


def subject(event: events.Started) -> str:
    """Return ``dcgan on mnist``."""
    return f"{event.run.details.config.model or 'model'} on {event.run.data_name}"


def progress_line(course: Progress) -> str:
    """Return step, epoch, speed, time left and the metrics on one line."""
    limit = course.started.max_steps if course.started else None
    step = f"step {course.step:,}/{limit:,}" if limit else f"step {course.step:,}"
    parts = [f"{step} ({course.fraction:.0%})", f"epoch {course.epoch:.2f}"]
    if course.images_per_second:
        parts.append(f"{course.images_per_second:,.0f} images/s")
    parts.append(f"{duration(course.seconds)} elapsed")
    if course.seconds_left is not None and not course.finished:
        parts.append(f"{duration(course.seconds_left)} left")
    parts += [f"{name} {number(metric.value)}" for name, metric in course.metrics.items()]
    return ", ".join(parts)
