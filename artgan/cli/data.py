"""``artgan data``: what a data set holds, and what training would do with it."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import output
from artgan.cli.command import Group
from artgan.cli.options import FILES, Debug, Json, Quiet, add_command, examples
from artgan.cli.reporting import progress
from artgan.requests.inspect import InspectRequest

if TYPE_CHECKING:
    from artgan.api.inspect import Inspected

app = typer.Typer(
    cls=Group,
    help="Look into a data set before training on it.",
    no_args_is_help=True,
    epilog=examples(("artgan data inspect ./pictures", "what is there, and what artgan would do with it")),
)


@app.callback()
def _data() -> None:
    """Make ``inspect`` a subcommand, although it is the only one."""


# Entries of a kind that fit on a line.
SHOWN = 8
# Pillow's modes in plain English; RGB, RGBA and CMYK need no translation.
MODES = {"P": "palette", "PA": "palette with alpha", "L": "grey", "LA": "grey with alpha", "1": "black and white"} | {
    "I;16": "16-bit grey",
    "I": "32-bit grey",
    "F": "floating-point grey",
}


NoSheet = Annotated[bool, typer.Option("--no-sheet", help="Don't make a contact sheet.", rich_help_panel=FILES)]


def inspect(
    request: InspectRequest,
    no_sheet: NoSheet = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Look at every image, and say which settings training would choose, and why.

    Reports sizes, colours, labels, copies and damaged files, and changes nothing. The contact sheet shows the images as
    a model would see them, one row per label.
    """
    if no_sheet:
        request = request.with_values(sheet=False)
    with progress("looking at images", quiet) as report:
        from artgan.api import inspect as api

        found = api.inspect(request.with_values(report=report))
    if not json and not quiet:
        _show(found, str(request.data))
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
        f"{inspected.name}: {pluralize(found.pictures, 'image')}{weight}",
        [
            *(looks if found.readable else []),
            ("labels", f"{len(found.labels):,}: {_counts(found.labels)}" if found.labels else "none"),
            ("without label", f"{unlabelled:,}, too few to form a label: left out" if unlabelled else None),
            ("copies", _pairs(found.copies, "is identical to another", "are identical to others")),
            ("look-alikes", _pairs(found.look_alikes, "closely resembles another", "closely resemble others")),
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
    output.print_text(f"\nTo start: artgan train --data {shlex.quote(given)}")
    if choices:
        output.print_text("To change a setting, use the option on its left.")


def _counts(counts: dict[str, int]) -> str:
    shown = [f"{name} ({count:,})" for name, count in list(counts.items())[:SHOWN]]
    more = len(counts) - len(shown)
    return ", ".join([*shown, *([f"{more:,} more"] if more else [])])


def _transparency(counts: dict[str, Any]) -> str:
    some, soft = counts.get("hard", 0) + counts.get("soft", 0), counts.get("soft", 0)
    if not some:
        return "none"
    from artgan.util.text import pluralize

    return f"{pluralize(some, 'image')}{f', {soft:,} of them partly translucent' if soft else ''}"


def _pairs(pairs: dict[str, str], one: str, many: str) -> str:
    if not pairs:
        return "none"
    from artgan.data.unreadable import printable

    copy, original = next(iter(pairs.items()))
    if len(pairs) == 1:
        return f"1 {one}: {printable(copy)} and {printable(original)}"
    return f"{len(pairs):,} {many}, such as {printable(copy)} and {printable(original)}"


def _without(left_out: dict[str, int]) -> str:
    """Return why there are fewer training images than image files."""
    kinds = (
        ("damaged", "damaged"),
        ("copies", "identical to another with the same label"),
        ("unlabelled", "without a label"),
    )
    parts = [f"{left_out[key]:,} {words}" for key, words in kinds if left_out[key]]
    return f" (without {', '.join(parts)})" if parts else ""


add_command(
    app,
    "inspect",
    inspect,
    None,
    examples(
        ("artgan data inspect ./pictures", "what is there, and what artgan would do with it"),
        ("artgan data inspect ./pictures --size 64 --data-option fit=pad", "with other settings"),
        ("artgan data inspect ./pictures --json", "for a program"),
    ),
)


def register(program: typer.Typer) -> None:
    """Add the commands to the program."""
    program.add_typer(app, name="data", rich_help_panel="Look")
