"""A live display of a training run, for terminals; and the choice between it and plain lines."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from artgan.cli import wrapping
from artgan.cli.output import CHOSEN, choice_lines, duration, short_path
from artgan.cli.plain import PlainDisplay, figures_text, subject
from artgan.cli.progress import ASCII_BARS, BARS, Progress, number
from artgan.training import events
from artgan.util.text import pluralize

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

SECONDS_BETWEEN_REFRESHES = 0.2
SPARKLINE = 48


class Display(Protocol):
    """A listener that shows a training run while it is entered."""

    def __enter__(self) -> "Display": ...
    def __exit__(self, *_: object) -> None: ...
    def __call__(self, event: events.Event) -> None:
        """Show an event."""


class Silence:
    """Shows nothing."""

    def __enter__(self) -> "Silence":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, event: events.Event) -> None:
        """Ignore the event."""


def choose(course: Progress, quiet: bool) -> Display:
    """Return the display that fits: none, live in a terminal, plain lines in a pipe. All write to stderr."""
    if quiet:
        return Silence()
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    # A dumb terminal can't move the cursor back.
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveDisplay(course, console)
    return PlainDisplay(course)


class LiveDisplay:
    """A few lines that are redrawn in place.

    They are drawn in the caller's thread when an event arrives, at most five times a second, to slow training little.
    """

    def __init__(self, course: Progress, console: "Console", clock: Callable[[], float] = time.monotonic) -> None:
        from rich.live import Live

        self.course, self.console, self.clock = course, console, clock
        self.preparing: events.Preparing | None = None
        self._drawn_at = float("-inf")
        self._live = Live(
            get_renderable=self._picture,
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
        )

    def __enter__(self) -> "LiveDisplay":
        self._live.start()
        self._draw(now=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, event: events.Event) -> None:
        """Process an event, and redraw if it is time."""
        match event:
            case events.Preparing():
                self.preparing = event
                self._draw(now=event.total is not None and event.done >= event.total)
            case events.Chosen():
                if event.choices:
                    self.console.print(CHOSEN, highlight=False)
                for line in choice_lines(event.choices, self.console.width - 2):
                    self.console.print(f"  {line}", style="dim", soft_wrap=True, highlight=False)
            case events.Started():
                self.preparing = None
                self._draw(now=True)
            case events.Notice():
                text = "\n".join(wrapping.lines(event.text, self.console.width))
                self.console.print(text, style="yellow", soft_wrap=True, markup=False)
            case events.Finished() | events.Failed():
                self._draw(now=True)
            case _:
                self._draw()

    def _draw(self, now: bool = False) -> None:
        if now or self.clock() - self._drawn_at >= SECONDS_BETWEEN_REFRESHES:
            self._live.refresh()
            self._drawn_at = self.clock()

    def _picture(self) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        below = [preparation(self.preparing, self.console)] if self.preparing else []
        if self.course.started:
            return Group(*picture(self.course, self.console), *below)
        return below[0] if below else Text("Getting ready", style="dim")


def preparation(event: events.Preparing, console: "Console") -> "RenderableType":
    """Return one line: what is going on, with a bar if its end is known."""
    from rich.text import Text

    what = event.what[:1].upper() + event.what[1:]
    if not event.total:
        return Text.assemble(what, ("  …" if not event.done else f"  {event.done:,}", "dim"))
    done = min(event.done / event.total, 1.0)
    return _bar_line(f"{what} ", done, f" {done:4.0%}", console)


def picture(course: Progress, console: "Console") -> Iterator["RenderableType"]:
    """Yield the lines of a training run in progress, none wider than the console."""
    from rich.text import Text

    started = course.started
    assert started is not None
    ascii_only = console.options.ascii_only
    dot = " - " if ascii_only else " · "
    about = (subject(started), pluralize(started.images, "image"), started.device, started.precision)
    title = Text.assemble((started.run.name, "bold"), "  ", (dot.join(about), "dim"))
    title.no_wrap, title.overflow = True, "ellipsis"
    yield title
    left = duration(course.seconds_left)
    yield _bar_line("", course.fraction, f" {course.fraction:4.0%}  " + (f"{left} left" if left else ""), console)
    yield _line(_position(course), dot)
    if course.metrics:
        yield Text()
        yield from _metric_lines(course, console.width, ASCII_BARS if ascii_only else BARS)
    if course.evaluated:
        evaluated = course.evaluated
        yield Text()
        yield _line([f"Evaluated at step {evaluated.step:,}: {figures_text(evaluated)}"], dot)
    yield Text()
    yield from _file_lines(course)


def _position(course: Progress) -> list[str]:
    limit = course.started.max_steps if course.started else None
    parts = [
        f"step {course.step:,}" + (f" of {limit:,}" if limit else ""),
        f"epoch {course.epoch:.2f}",
    ]
    if course.images_per_second:
        parts.append(f"{course.images_per_second:,.0f} images/s")
    return [*parts, f"{duration(course.seconds)} elapsed"]


def _metric_lines(course: Progress, width: int, bars: str) -> Iterator["RenderableType"]:
    from rich.text import Text

    name_width = min(max(len(name) for name in course.metrics), max(width - 12, 8))
    room = min(width - name_width - 13, SPARKLINE)
    for name, metric in course.metrics.items():
        yield Text.assemble(
            f"{name[:name_width]:<{name_width}}",
            (f"{number(metric.value):>9}", "bold"),
            "  ",
            (metric.sparkline(room, bars), "cyan"),
            no_wrap=True,
            overflow="crop",
        )


def _file_lines(course: Progress) -> Iterator["RenderableType"]:
    started = course.started
    assert started is not None
    samples = started.run.path / "samples"
    yield _path_line("samples", short_path(samples), samples.absolute().as_uri())
    if course.checkpoint:
        yield _path_line("checkpoint", short_path(course.checkpoint), course.checkpoint.absolute().as_uri())
    else:
        yield _path_line("checkpoint", "none yet; Ctrl-C stops and saves one", None)


def _path_line(what: str, text: str, link: str | None) -> "RenderableType":
    from rich.text import Text

    return Text.assemble(
        (f"{what:<12}", "dim"), (text, f"link {link}" if link else "dim"), no_wrap=True, overflow="ellipsis"
    )


def _line(parts: list[str], dot: str) -> "RenderableType":
    from rich.text import Text

    return Text(dot.join(parts), no_wrap=True, overflow="ellipsis")


def _bar_line(before: str, done: float, after: str, console: "Console") -> "RenderableType":
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    room = max(min(console.width - len(before) - len(after) - 1, 60), 4)
    bar = ProgressBar(total=1.0, completed=done, width=room)
    grid = Table.grid()
    if before:
        grid.add_column(no_wrap=True, overflow="ellipsis")
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_row(*([Text(before)] if before else []), bar, Text(after))
    return grid
