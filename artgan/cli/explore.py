"""``artgan explore``."""

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.cli.reporting import progress
from artgan.requests.explore import ExploreRequest
from artgan.util.text import pluralize


def explore(request: ExploreRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Show what a model varies most: one strip per main direction, with the same image moved along it.

    The directions are computed from the weights of the model's first layers (SeFa), at once and without sampling.
    """
    with progress("exploring", quiet) as report:
        from artgan.api import explore as api
        from artgan.api.run import open_run

        run = open_run(request.run, request.runs_dir)
        made = api.explore(request.with_values(run=run, report=report))
    if json:
        record = {"path": str(made.path.absolute()), "run": run.name, "moved": made.moved, "layers": made.layers}
        shares = [{"share": share} for share in made.shares]
        output.print_json({**record, "directions": shares, "frames": made.frames, "size": list(made.size)})
    elif quiet:
        print(output.short_path(made.path))
    else:
        strengths = [f"{share:.1%}" for share in made.shares]
        shown = ", ".join(strengths[:8]) + (", …" if len(strengths) > 8 else "")
        order = "from left to right" if made.seconds else "from top to bottom"
        output.print_facts(
            f"{output.short_path(made.path)}: {pluralize(len(strengths), 'main direction')} of {run.name}",
            [
                ("moved", f"{made.moved}, which enter {pluralize(made.entrances, 'layer')} of the network"),
                ("directions", f"{order}, strongest first"),
                ("strengths", f"{shown} of the variation that enters there"),
                ("length", output.length(made.seconds) if made.seconds else None),
                ("size", f"{made.size[0]}x{made.size[1]}"),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "explore",
        explore,
        "Make",
        examples(
            ("artgan explore --out directions.png", "the five main directions of the latest run"),
            ("artgan explore --out directions.png --seed 7 --n 3 --range 2", "with three images"),
            ("artgan explore --out sevens.webp --label 7", "a video of one label"),
            ("artgan explore --out colours.png --layers fine", "only the fine layers, if the model has styles"),
        ),
    )
