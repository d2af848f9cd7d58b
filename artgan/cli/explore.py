"""``artgan explore``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples

STRIPS = "The strips"


def explore(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where it goes: .png, or .webp, .gif or .mp4 for a film.",
            rich_help_panel=options.FILES,
        ),
    ],
    run: options.RunOption = None,
    checkpoint: options.Checkpoint = None,
    directions: Annotated[
        int | None, typer.Option(metavar="N", help="How many, the strongest first (5).", rich_help_panel=STRIPS)
    ] = None,
    reach: Annotated[
        float | None,
        typer.Option(
            "--range", metavar="D", help="How far both ways, in standard deviations (3).", rich_help_panel=STRIPS
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Pictures in a strip (7).", rich_help_panel=STRIPS)
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("--n", "-n", metavar="N", help="How many pictures are moved (1).", rich_help_panel=STRIPS),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of the pictures (0).", rich_help_panel=STRIPS)] = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="N,N,…", help="Move the first picture of each of these.", rich_help_panel=STRIPS),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What the pictures are asked to be in turn (repeatable).",
            autocompletion=completion.labels,
            rich_help_panel=STRIPS,
        ),
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="coarse|middle|fine|N-N",
            help="Of a model with styles: which layers' are moved (all).",
            autocompletion=completion.layers,
            rich_help_panel=STRIPS,
        ),
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="T", help="More than 0, at most 1 (1): less is less varied.", rich_help_panel=STRIPS),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(metavar="N", help="Enlarge pixels N times (small pictures, up to 4).", rich_help_panel=STRIPS),
    ] = None,
    device: options.Device = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Show what a model varies most: a strip for each main direction, with the same picture moved along it.

    The directions are found in the weights of its first layers (SeFa), in no time and without looking at pictures.
    """
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.training.events import Preparing

    given: dict[str, Any] = {
        "checkpoint": checkpoint,
        "directions": directions,
        "reach": reach,
        "steps": steps,
        "n": n,
        "seed": seed,
        "seeds": options.numbers("--seeds", seeds),
        "labels": list(label) if label else None,
        "layers": layers,
        "truncation": truncation,
        "scale": scale,
        "device": device,
    }
    request = {key: value for key, value in given.items() if value is not None}
    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api.explore import explore as make
        from artgan.api.run import find_run

        found = find_run(run, runs_dir)
        made = make(found, out, report=lambda done, total: display(Preparing("exploring", done, total)), **request)
    if json:
        record = {"path": str(made.path.absolute()), "run": found.name, "moved": made.moved, "layers": made.layers}
        shares = [{"share": share} for share in made.shares]
        output.print_json({**record, "directions": shares, "frames": made.frames, "size": list(made.size)})
    elif quiet:
        print(output.short_path(made.path))
    else:
        strengths = [f"{share:.1%}" for share in made.shares]
        shown = ", ".join(strengths[:8]) + (", …" if len(strengths) > 8 else "")
        entered = f"{made.entrances} layer{'s' if made.entrances > 1 else ''} of the network"
        order = "from left to right" if made.seconds else "from top to bottom"
        output.print_facts(
            f"{output.short_path(made.path)}: {len(strengths)} main direction{'s' if len(strengths) > 1 else ''} of "
            f"{found.name}",
            [
                ("moved", f"{made.moved}, which enter {entered}"),
                ("directions", f"{order}, the strongest first"),
                ("strengths", f"{shown} of all variation that comes in there"),
                ("length", output.length(made.seconds) if made.seconds else None),
                ("size", f"{made.size[0]}x{made.size[1]}"),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "explore",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan explore --out directions.png", "the five main directions of the latest run"),
            ("artgan explore --out directions.png --seed 7 --n 3 --range 2", "of three pictures"),
            ("artgan explore --out sevens.webp --label 7", "a film, of a label"),
            ("artgan explore --out colours.png --layers fine", "of a model with styles"),
        ),
    )(explore)
