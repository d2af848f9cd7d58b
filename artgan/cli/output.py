"""Print results: rich tables in a terminal, aligned text in a pipe, JSON for programs."""

import contextlib
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan.cli import streams, wrapping

if TYPE_CHECKING:
    from artgan.data.auto_settings import AutoSetting
    from artgan.plugins.options import OptionHelp
    from artgan.plugins.plugin_registry import Registry

Row = Sequence[Any]
CHOSEN = "Chosen for these images (to change a setting, use the option on its left):"
NARROWEST = 24
"""Letters; text isn't broken into columns narrower than this."""
SHORT = 10
"""Seconds; shorter durations are shown with tenths."""


def nothing_on_stdout() -> contextlib.AbstractContextManager[Any]:
    """Return a context in which plugins and libraries print to stderr, since stdout is for results."""
    return contextlib.redirect_stdout(sys.stderr)


def print_json(value: dict[str, Any]) -> None:
    """Print one object on stdout; paths become text."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_toml(plan: dict[str, Any]) -> None:
    """Print a resolved configuration as a file for ``--config``, with a summary in comments."""
    data = plan["data"]
    parameters = ", ".join(f"{name} {count:,}" for name, count in plan["parameters"].items())
    budget = [f"{plan['max_steps']:,} steps"] if plan["max_steps"] else []
    budget += [duration(plan["max_seconds"])] if plan["max_seconds"] else []
    labels = f"{len(data['labels'])} labels" if data["labels"] else "no labels"
    missing = "" if data["on_disk"] else ", not downloaded yet"
    print(f"# images: {data['images']:,}, {shape(*data['shape'])}, {labels}{missing}")
    print(f"# parameters: {parameters}")
    print(f"# budget: {' or '.join(budget)}")
    for notice in plan["notices"]:
        print(f"# notice: {notice}")
    for choice in plan["choices"]:
        print(f"# {choice['text']}: {choice['why']}")
    places = {key: plan[key] for key in ("name", "runs_dir", "data_dir", "gallery_dir")}
    values = {**plan["config"], **places}
    for key, value in values.items():
        if not isinstance(value, dict):
            print(f"# {key} = " if value is None else f"{key} = {_toml(value)}")
    for key, value in values.items():
        if isinstance(value, dict) and value:
            print(f"\n[{key}]")
            for name, item in value.items():
                print(f"# {name} = " if item is None else f"{name} = {_toml(item)}")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # Text, numbers and booleans are the same in JSON and TOML.
    return json.dumps(value, ensure_ascii=False, default=str)


def note(text: str) -> None:
    """Print a line on stderr, wrapped in a terminal."""
    streams.say("\n".join(wrapping.lines(text, wrapping.columns(sys.stderr))))


def width() -> int | None:
    """Return the width of the terminal that results go to; None for a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_text(text: str) -> None:
    """Print a paragraph, wrapped in a terminal."""
    columns = width()
    print("\n".join(part for line in text.split("\n") for part in wrapping.lines(line, columns)))


def print_table(
    columns: Sequence[str], rows: Iterable[Row], wrap: Sequence[str] = (), drop: Sequence[str] = ()
) -> None:
    """Print a table; if it is too wide, leave out the columns ``drop`` one by one, and wrap those in ``wrap``.

    Other columns are never shortened: if need be, the terminal breaks the lines.
    """
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        _print_aligned([[column.upper() for column in columns], *texts])
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    widths = [max(len(row[i]) for row in [list(columns), *texts]) + 2 for i in range(len(columns))]
    kept = list(range(len(columns)))
    for name in drop:
        if sum(widths[i] for i in kept) - 2 > console.width:
            kept.remove(list(columns).index(name))
    if not any(columns[i] in wrap for i in kept):
        console.width = max(console.width, sum(widths[i] for i in kept) - 2)
    # The two spaces in `widths` are a column's padding and the invisible line between columns.
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold", show_edge=False)
    for i in kept:
        wraps = columns[i] in wrap
        table.add_column(columns[i], "", style="" if i else "bold cyan", no_wrap=not wraps, overflow="fold")
    for row in texts:
        table.add_row(*(Text(row[i]) for i in kept))
    console.print(table)


def print_facts(title: str, facts: Iterable[tuple[str, Any]]) -> None:
    """Print a title and facts, one per line; facts that are None or empty are left out."""
    texts = [(key, str(value)) for key, value in facts if value not in (None, "")]
    if not sys.stdout.isatty():
        print(title)
        _print_aligned(texts, indent="  ")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text("\n".join(wrapping.lines(title, console.width)), style="bold"), soft_wrap=True)
    keys = max((len(key) for key, _ in texts), default=0)
    for key, value in texts:
        first, *rest = wrapping.beside(value, keys + 4, console.width)
        console.print(Text.assemble((f"  {key:<{keys}}  ", "dim"), first), soft_wrap=True)
        for line in rest:
            console.print(Text(line), soft_wrap=True)


def print_options(options: list[dict[str, Any]], flag: str) -> None:
    """Print the options of a model or data set, as :func:`option_entry` describes them."""
    from artgan.plugins.options import show

    print(f"\nOptions (set them with {flag} key=value):\n" if options else f"\nNo options ({flag}).")
    if not options:
        return
    rows = [
        (
            entry["name"],
            _type_and_range(entry),
            "" if entry["default"] is None else show(entry["default"]),
            entry["description"],
        )
        for entry in options
    ]
    print_table(("option", "type", "default", "description"), rows, wrap=("type", "description"))


def _type_and_range(entry: dict[str, Any]) -> str:
    return f"{entry['type']}, {entry['range']}" if entry["range"] else str(entry["type"])


def option_entry(option: "OptionHelp") -> dict[str, Any]:
    """Return an option for JSON."""
    from dataclasses import asdict

    return asdict(option)


def print_problems(owner: str, state: str, problems: Sequence[str]) -> None:
    """Print the problems of a plugin ("is broken") below the table, if it has any."""
    if not problems:
        return
    red, plain = ("\033[31m", "\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    print("\n  ".join([f"\n{red}{owner} {state}:{plain}", *problems]))


def note_broken(registry: "Registry") -> None:
    """Report broken plugins on stderr, if there are any."""
    broken = sum(bool(plugin.problems) for plugin in registry.plugins)
    if broken:
        note(f"{broken} plugin{'s are' if broken > 1 else ' is'} broken: `artgan plugins` says why.")


def short_path(path: str | os.PathLike[str]) -> str:
    """Return the shortest form of a path: relative to the current folder, with ``~``, or absolute."""
    absolute = Path(path).absolute()
    candidates = [str(absolute)]
    try:
        candidates.append(os.path.relpath(absolute))
        candidates.append(str(Path("~") / absolute.relative_to(Path.home())))
    except ValueError:
        pass
    return min(candidates, key=lambda text: (text.count(".." + os.sep) > 1, len(text)))


def duration(seconds: float | None) -> str:
    """Return ``0:07``, ``12:30`` or ``1:02:03``."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def length(seconds: float) -> str:
    """Return the length of a video: ``0.3 s``, ``12:30``."""
    return f"{seconds:.1f} s" if seconds < SHORT else duration(seconds)


def when(timestamp: str) -> str:
    """Return an ISO time in UTC as local date and time."""
    try:
        return datetime.fromisoformat(timestamp).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return timestamp


def size(count: int) -> str:
    """Return a number of bytes for people: ``512 bytes``, ``4.2 MB``."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def shape(channels: int, height: int, width: int) -> str:
    """Return ``28x28 grey``."""
    kind = {1: "grey", 3: "RGB", 4: "RGBA"}.get(channels, f"{channels} channels")
    return f"{height}x{width} {kind}"


def choice_lines(choices: "Sequence[AutoSetting]", width: int | None = None) -> list[str]:
    """Return settings and their reasons in two columns, wrapped if there is a ``width``."""
    texts = max((len(choice.text) for choice in choices), default=0)
    room = width - texts - 2 if width else 0
    if width and room < NARROWEST:
        return _stacked(choices, width)
    lines = []
    for choice in choices:
        why = textwrap.wrap(choice.why, room) if width else [choice.why]
        lines += [f"{choice.text.ljust(texts)}  {why[0]}", *(" " * (texts + 2) + rest for rest in why[1:])]
    return lines


def _stacked(choices: "Sequence[AutoSetting]", width: int) -> list[str]:
    """Return each reason below its setting, for narrow terminals."""
    lines = []
    for choice in choices:
        why = textwrap.wrap(choice.why, width - 4) if width > NARROWEST else [choice.why]
        lines += [choice.text, *(f"    {line}" for line in why)]
    return lines


def _print_aligned(rows: Sequence[Row], indent: str = "") -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print((indent + "  ".join(cells)).rstrip())
