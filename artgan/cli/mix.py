"""``artgan mix``."""

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.cli.reporting import progress
from artgan.requests.mix import MixRequest


def mix(request: MixRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Mix images in a grid: styles of some layers from the image on top, the others from the image on the left.

    The model must have styles. Coarse layers decide on the layout, fine layers on the colours.
    """
    with progress("mixing", quiet) as report:
        from artgan.api import mix as api
        from artgan.api.run import open_run

        run = open_run(request.run, request.runs_dir)
        made = api.mix(request.with_values(run=run, report=report))
    if json:
        record = {"path": str(made.path.absolute()), "run": run.name, "rows": made.rows, "columns": made.columns}
        output.print_json({**record, "layers": made.layers, "of": made.of, "size": list(made.size)})
    elif quiet:
        print(output.short_path(made.path))
    else:
        rest = [layer for layer in range(made.of) if layer not in made.layers]
        output.print_facts(
            f"{output.short_path(made.path)}: {made.rows * made.columns:,} mixed images of {run.name}",
            [
                ("from the top", _layers(made.layers)),
                ("from the left", _layers(rest)),
                ("size", f"{made.size[0]}x{made.size[1]}"),
            ],
        )


def _layers(numbers: list[int]) -> str:
    """Return ``layers 0 to 3``; 0 is the coarsest."""
    if not numbers:
        return "nothing"
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"layers {numbers[0]} to {numbers[-1]}"
    return f"layers {', '.join(map(str, numbers))}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "mix",
        mix,
        "Make",
        examples(
            ("artgan mix --out mix.png", "shapes from the top, colours from the left"),
            ("artgan mix --out mix.png --layers fine", "the other way round"),
            ("artgan mix --out mix.png --row-seeds 3,14 --column-seeds 15,9", "images of your choice"),
        ),
    )
