"""``artgan project``."""

from pathlib import Path

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.cli.reporting import progress
from artgan.requests.project import ProjectRequest


def project(request: ProjectRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Find the image of a model that is nearest to yours, and see how much of it the model knows.

    Creates a folder with the image (nearest.png), the way there (progress.png), and the latent (latent.json). Pass two
    of these latents to `artgan interpolate --latent` to move from one to the other.
    """
    with progress("searching for the latent", quiet) as report:
        from artgan.api import project as api
        from artgan.api.run import open_run

        run = open_run(request.run, request.runs_dir)
        made = api.project(request.with_values(run=run, report=report))
    folder = made.folder
    if json:
        number, name = made.label or (None, None)
        record = {"path": str(folder.absolute()), "run": run.name, "label": number, "label_name": name}
        distances = {"distance": made.distance, "random_distance": made.random_distance}
        distances |= {"best_random_distance": made.best_random_distance}
        output.print_json({**record, **distances, "candidates": made.candidates})
    elif quiet:
        print(output.short_path(folder))
    else:
        randoms = f"{made.random_distance:.3f} on average, {made.best_random_distance:.3f} the nearest of"
        output.print_facts(
            f"{output.short_path(folder)}: the image of {run.name} nearest to {Path(request.image).name}",
            [
                ("distance", f"{made.distance:.3f} (0 means identical)"),
                ("random images", f"{randoms} {made.candidates:,}"),
                ("label", made.label[1] if made.label else None),
                ("the way there", output.short_path(folder / "progress.png")),
                ("nearest", output.short_path(folder / "nearest.png")),
                ("latent", output.short_path(folder / "latent.json")),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "project",
        project,
        "Make",
        examples(
            ("artgan project cat.jpg", "with the latest run, to the folder cat-projected"),
            ("artgan project seven.png --label 7 --steps 1000 --out seven", "one label, a longer search"),
        ),
    )
