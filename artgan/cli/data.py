"""``artgan data``: what is in a data set, and what a training would do with it."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command, Group
from artgan.cli.options import examples

if TYPE_CHECKING:
    from artgan.api.inspect import Inspected

app = typer.Typer(
    cls=Group,
    help="Look into a data set before anything is learnt from it.",
    no_args_is_help=True,
    epilog=examples(("artgan data inspect ./pictures", "what there is, and what artgan would do with it")),
)


@app.callback()
def _data() -> None:
    """Keep ``inspect`` a command of its own, though it is the only one."""


# As many of a kind as a line can take.
SHOWN = 8
# What people call Pillow's modes; RGB, RGBA and CMYK they call so, too.
MODES = {"P": "palette", "PA": "palette with alpha", "L": "grey", "LA": "grey with alpha", "1": "black and white"} | {
    "I;16": "16-bit grey",
    "I": "32-bit grey",
    "F": "floating-point grey",
}


@app.command(
    "inspect",
    cls=Command,
    epilog=examples(
        ("artgan data inspect ./pictures", "what there is, and what artgan would do with it"),
        ("artgan data inspect ./pictures --size 64 --data-option fit=pad", "with other choices"),
        ("artgan data inspect ./pictures --json", "for a program"),
    ),
)
def inspect(
    data: Annotated[
        str,
        typer.Argument(
            metavar="NAME|PATH", help="A folder of pictures, or a data set's name.", autocompletion=completion.data
        ),
    ],
    size: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS", help="Height and width that images are brought to.", rich_help_panel=options.WHAT
        ),
    ] = None,
    data_option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="An option of the data set (repeatable); `artgan datasets folder` lists a folder's.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    strict: options.Strict = False,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Where the contact sheet goes (NAME-inspected.png, here).",
            rich_help_panel=options.FILES,
        ),
    ] = None,
    no_sheet: Annotated[
        bool, typer.Option("--no-sheet", help="Draw no contact sheet.", rich_help_panel=options.FILES)
    ] = False,
    data_dir: options.DataDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Look at every picture: sizes, colours, labels, copies, damaged files; and what a training would choose, and why.

    Nothing is changed. The contact sheet shows pictures as they would be learnt from, a row a label.
    """
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.plugins.options import parse_pairs
    from artgan.training.events import Preparing

    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api import inspect

        found = inspect.inspect(
            data,
            data_options=parse_pairs(data_option, "--data-option") if data_option else None,
            size=size,
            strict=strict,
            data_dir=data_dir,
            sheet=False if no_sheet else sheet or True,
            report=lambda done, total: display(Preparing("looking at pictures", done, total)),
        )
    if not json and not quiet:
        _show(found, data)
    found.require_readable()
    if json:
        output.print_json(found.record())
    elif quiet:
        print(f"{found.found.pictures}")


def _show(inspected: "Inspected", given: str) -> None:
    from artgan.data.unreadable import summary
    from artgan.util.text import pluralize

    found = inspected.found
    unlabelled = found.left_out["unlabelled"]
    weight = f", {output.size(found.size_bytes)}" if found.size_bytes is not None else ""
    looks = [
        ("sizes", _counts(found.sizes)),
        ("colours", _counts({MODES.get(mode, mode): count for mode, count in found.modes.items()})),
        ("transparency", _transparency(found.transparency)),
        ("pixel art", f"{found.pixel_art:,} of {found.pictures:,}" if found.pixel_art else "none"),
    ]
    output.print_facts(
        f"{inspected.name}: {pluralize(found.pictures, 'picture')}{weight}",
        [
            *(looks if found.readable else []),
            ("labels", f"{len(found.labels):,}: {_counts(found.labels)}" if found.labels else "none"),
            ("without label", f"{unlabelled:,}, too few to be a label: left out" if unlabelled else None),
            ("copies", _pairs(found.copies, "has the pixels of another", "have the pixels of others")),
            ("look-alikes", _pairs(found.look_alikes, "is hard to tell from another", "are hard to tell from others")),
            ("damaged", f"{len(found.damaged):,}: {summary(found.damaged)}" if found.damaged else "none"),
            ("not searched", summary(found.unread)),
            ("other files", _counts(found.other_files)),
            ("contact sheet", output.short_path(inspected.sheet) if inspected.sheet else None),
        ],
    )
    if found.readable:
        _show_choices(inspected, given)


def _show_choices(inspected: "Inspected", given: str) -> None:
    from artgan.util.text import pluralize

    found, choices = inspected.found, inspected.choices
    labels = f", {found.info.labels} labels" if found.info.labels else ""
    images = f"{pluralize(found.images, 'image')}{_without(found.left_out)}, {output.shape(*found.info.shape)}{labels}"
    output.print_text(f"\nartgan would train {inspected.model} on {images}{':' if choices else '.'}")
    width = output.width()
    for line in output.choice_lines(choices, width - 2 if width else None):
        print(f"  {line}")
    output.print_text(f"\nTo do so: artgan train --data {shlex.quote(given)}")
    if choices:
        output.print_text("Say otherwise with the options on the left.")


def _counts(counts: dict[str, int]) -> str:
    shown = [f"{name} ({count:,})" for name, count in list(counts.items())[:SHOWN]]
    more = len(counts) - len(shown)
    return ", ".join([*shown, *([f"{more:,} more"] if more else [])])


def _transparency(counts: dict[str, Any]) -> str:
    some, soft = counts.get("hard", 0) + counts.get("soft", 0), counts.get("soft", 0)
    if not some:
        return "none"
    from artgan.util.text import pluralize

    return f"{pluralize(some, 'picture')}{f', {soft:,} of them half-transparent in places' if soft else ''}"


def _pairs(pairs: dict[str, str], one: str, many: str) -> str:
    if not pairs:
        return "none"
    from artgan.data.unreadable import printable

    copy, original = next(iter(pairs.items()))
    if len(pairs) == 1:
        return f"1 {one}: {printable(copy)} and {printable(original)}"
    return f"{len(pairs):,} {many}, such as {printable(copy)} and {printable(original)}"


def _without(left_out: dict[str, int]) -> str:
    """What makes the images fewer than the pictures."""
    kinds = (("damaged", "damaged"), ("copies", "equal to another of their label"), ("unlabelled", "without a label"))
    parts = [f"{left_out[key]:,} {words}" for key, words in kinds if left_out[key]]
    return f" (without {', '.join(parts)})" if parts else ""


def register(program: typer.Typer) -> None:
    """Add the commands to the program."""
    program.add_typer(app, name="data", rich_help_panel="Look")
