"""``artgan mix``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples

GRID = "The grid"


def mix(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where it goes: a .png.", rich_help_panel=options.FILES)
    ],
    run: options.RunOption = None,
    checkpoint: options.Checkpoint = None,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="coarse|middle|fine|N-N",
            help="What is taken from the column's picture: a third of the layers, or these numbers (coarse).",
            autocompletion=completion.layers,
            rich_help_panel=GRID,
        ),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(metavar="N", help="How many pictures stand at the left (4).", rich_help_panel=GRID)
    ] = None,
    columns: Annotated[
        int | None, typer.Option(metavar="N", help="How many stand above (6).", rich_help_panel=GRID)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of all these pictures (0).", rich_help_panel=GRID)
    ] = None,
    row_seeds: Annotated[
        str | None,
        typer.Option(metavar="N,N,…", help="The first picture of each of these at the left.", rich_help_panel=GRID),
    ] = None,
    column_seeds: Annotated[
        str | None, typer.Option(metavar="N,N,…", help="The same for those above.", rich_help_panel=GRID)
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What the pictures are asked to be in turn (repeatable).",
            autocompletion=completion.labels,
            rich_help_panel=GRID,
        ),
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="T", help="More than 0, at most 1 (1): less is less varied.", rich_help_panel=GRID),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(metavar="N", help="Enlarge pixels N times (small pictures, up to 4).", rich_help_panel=GRID),
    ] = None,
    device: options.Device = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Mix pictures in a grid: some layers' styles of the column's picture, the others of the row's.

    It takes a model that has styles. Coarse layers lay a picture out, fine ones colour it.
    """
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.training.events import Preparing

    given: dict[str, Any] = {
        "checkpoint": checkpoint,
        "layers": layers,
        "rows": rows,
        "columns": columns,
        "seed": seed,
        "row_seeds": options.numbers("--row-seeds", row_seeds),
        "column_seeds": options.numbers("--column-seeds", column_seeds),
        "labels": list(label) if label else None,
        "truncation": truncation,
        "scale": scale,
        "device": device,
    }
    request = {key: value for key, value in given.items() if value is not None}
    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api.mix import mix as make
        from artgan.api.run import find_run

        found = find_run(run, runs_dir)
        made = make(found, out, report=lambda done, total: display(Preparing("mixing", done, total)), **request)
    if json:
        record = {"path": str(made.path.absolute()), "run": found.name, "rows": made.rows, "columns": made.columns}
        output.print_json({**record, "layers": made.layers, "of": made.of, "size": list(made.size)})
    elif quiet:
        print(output.short_path(made.path))
    else:
        rest = [layer for layer in range(made.of) if layer not in made.layers]
        output.print_facts(
            f"{output.short_path(made.path)}: {made.rows * made.columns:,} mixtures of pictures of {found.name}",
            [
                ("of the column", _layers(made.layers)),
                ("of the row", _layers(rest)),
                ("size", f"{made.size[0]}x{made.size[1]}"),
            ],
        )


def _layers(numbers: list[int]) -> str:
    """``layers 0 to 3``; 0 is the coarsest."""
    if not numbers:
        return "nothing"
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"layers {numbers[0]} to {numbers[-1]}"
    return f"layers {', '.join(map(str, numbers))}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "mix",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan mix --out mix.png", "the columns' shapes, the rows' colours"),
            ("artgan mix --out mix.png --layers fine", "the other way round"),
            (
                "artgan mix --out mix.png --row-seeds 3,14 --column-seeds 15,9",
                "pictures of your choice",
            ),
        ),
    )(mix)
