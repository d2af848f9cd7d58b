"""``artgan interpolate``."""

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.cli.reporting import progress
from artgan.requests.interpolate import InterpolateRequest


def interpolate(request: InterpolateRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Make a video that moves from image to image through everything that lies between them."""
    with progress("drawing frames", quiet) as report:
        from artgan.api import interpolate as api
        from artgan.api.run import open_run

        run = open_run(request.run, request.runs_dir)
        film = api.interpolate(request.with_values(run=run, report=report))
    if json:
        size = list(film.size)
        record = {"path": str(film.path.absolute()), "frames": film.frames, "seconds": film.seconds, "size": size}
        output.print_json({**record, "run": run.name})
    elif quiet:
        print(output.short_path(film.path))
    else:
        width, height = film.size
        output.print_facts(
            f"{output.short_path(film.path)}: {film.frames:,} frames of {run.name}",
            [("length", output.length(film.seconds)), ("size", f"{width}x{height}")],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "interpolate",
        interpolate,
        "Make",
        examples(
            ("artgan interpolate --out between.webp", "through 8 images of the latest run, and back"),
            ("artgan interpolate --out between.mp4 --seeds 3,14,15 --fps 30", "through these images"),
            ("artgan interpolate --out way.webp --latent a.json --latent b.json", "between projected images"),
            ("artgan interpolate --out cats.gif --label cat --n 4 --no-loop", "only images of one label"),
        ),
    )
