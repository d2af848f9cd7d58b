"""``artgan project``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples

SEARCH = "The search"


def project(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Any picture; it is prepared as the run's data were.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="The folder to make (NAME-projected).", rich_help_panel=options.FILES
        ),
    ] = None,
    run: options.RunOption = None,
    checkpoint: options.Checkpoint = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What a conditional model is asked for (whatever comes nearest).",
            autocompletion=completion.labels,
            rich_help_panel=SEARCH,
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Steps that latents are moved (300).", rich_help_panel=SEARCH)
    ] = None,
    starts: Annotated[
        int | None, typer.Option(metavar="N", help="How many latents are moved (8).", rich_help_panel=SEARCH)
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option(metavar="N", help="Random pictures that these are the nearest of (512).", rich_help_panel=SEARCH),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of the random pictures (0).", rich_help_panel=SEARCH)
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="T", help="More than 0, at most 1 (1): less is less varied.", rich_help_panel=SEARCH),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(metavar="N", help="Enlarge the picture's pixels N times (1).", rich_help_panel=SEARCH),
    ] = None,
    device: options.Device = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Look for the picture of a model that is nearest to yours: how much of it does the model know?

    Makes a folder: nearest.png, the way there in progress.png, and the latent in latent.json.

    `artgan interpolate --latent` goes between two that were found.
    """
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.training.events import Preparing

    given: dict[str, Any] = {
        "out": out,
        "checkpoint": checkpoint,
        "label": label,
        "steps": steps,
        "starts": starts,
        "candidates": candidates,
        "seed": seed,
        "truncation": truncation,
        "scale": scale,
        "device": device,
    }
    request = {key: value for key, value in given.items() if value is not None}
    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api.project import project as make
        from artgan.api.run import find_run

        found = find_run(run, runs_dir)
        made = make(
            image,
            found,
            report=lambda done, total: display(Preparing("looking for the latent", done, total)),
            **request,
        )
    folder = made.folder
    if json:
        number, name = made.label or (None, None)
        record = {"path": str(folder.absolute()), "run": found.name, "label": number, "label_name": name}
        distances = {"distance": made.distance, "random_distance": made.random_distance}
        distances |= {"best_random_distance": made.best_random_distance}
        output.print_json({**record, **distances, "candidates": made.candidates})
    elif quiet:
        print(output.short_path(folder))
    else:
        randoms = f"{made.random_distance:.3f} on average, {made.best_random_distance:.3f} the nearest of"
        output.print_facts(
            f"{output.short_path(folder)}: the picture of {found.name} nearest to {image.name}",
            [
                ("distance", f"{made.distance:.3f} (0: the same)"),
                ("random pictures", f"{randoms} {made.candidates:,}"),
                ("label", made.label[1] if made.label else None),
                ("the way there", output.short_path(folder / "progress.png")),
                ("nearest", output.short_path(folder / "nearest.png")),
                ("latent", output.short_path(folder / "latent.json")),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "project",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan project cat.jpg", "by the latest run, to the folder cat-projected"),
            ("artgan project seven.png --label 7 --steps 1000 --out seven", "of one label, for longer"),
        ),
    )(project)
