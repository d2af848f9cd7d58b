"""``artgan interpolate``."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples

FILM = "The film"


class InterpolateCommand(Command):
    """``--sign`` alone looks into the environment."""

    optional_values: ClassVar[dict[str, str]] = {"--sign": ""}


def interpolate(
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where it goes: .webp, .gif or .mp4.", rich_help_panel=options.FILES
        ),
    ],
    run: options.RunOption = None,
    checkpoint: options.Checkpoint = None,
    n: Annotated[
        int | None,
        typer.Option("--n", "-n", metavar="N", help="How many images it goes through (8).", rich_help_panel=FILM),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of the images (0).", rich_help_panel=FILM)] = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="N,N,…", help="Go through the first image of each of these.", rich_help_panel=FILM),
    ] = None,
    latent: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Go through what `artgan project` has found: its latent.json or nearest.png (repeatable).",
            rich_help_panel=FILM,
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What the images are asked to be in turn (repeatable).",
            autocompletion=completion.labels,
            rich_help_panel=FILM,
        ),
    ] = None,
    way: Annotated[
        Literal["spherical", "linear"] | None,
        typer.Option(help="Along the arc between latents, or straight (spherical).", rich_help_panel=FILM),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(metavar="N", help="From an image to the next (24).", rich_help_panel=FILM)
    ] = None,
    fps: Annotated[int | None, typer.Option(metavar="N", help="Frames a second (24).", rich_help_panel=FILM)] = None,
    loop: Annotated[
        bool | None, typer.Option("--loop/--no-loop", help="Whether it comes back and goes on.", rich_help_panel=FILM)
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="T", help="More than 0, at most 1 (1): less is less varied.", rich_help_panel=FILM),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(metavar="N", help="Enlarge pixels N times (until there are about 256).", rich_help_panel=FILM),
    ] = None,
    sign: options.Sign = None,
    sign_key: options.SignKey = None,
    sign_tsa: options.SignTsa = None,
    device: options.Device = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Make a film that goes from picture to picture through everything that lies between them."""
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.training.events import Preparing

    given: dict[str, Any] = {
        "checkpoint": checkpoint,
        "n": n,
        "seed": seed,
        "seeds": options.numbers("--seeds", seeds),
        "through": latent or None,
        "labels": list(label) if label else None,
        "way": way,
        "frames": frames,
        "fps": fps,
        "loop": loop,
        "truncation": truncation,
        "scale": scale,
        "sign": sign,
        "sign_key": sign_key,
        "sign_tsa": sign_tsa,
        "device": device,
    }
    request = {key: value for key, value in given.items() if value is not None}
    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api.run import find_run
        from artgan.latent import interpolate as library

        found = find_run(run, runs_dir)
        film = library.interpolate(
            found, out, report=lambda done, total: display(Preparing("drawing frames", done, total)), **request
        )
    if json:
        size = list(film.size)
        record = {"path": str(film.path.absolute()), "frames": film.frames, "seconds": film.seconds, "size": size}
        output.print_json({**record, "run": found.name})
    elif quiet:
        print(output.short_path(film.path))
    else:
        width, height = film.size
        output.print_facts(
            f"{output.short_path(film.path)}: {film.frames:,} frames of {found.name}",
            [("length", output.length(film.seconds)), ("size", f"{width}x{height}")],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "interpolate",
        cls=InterpolateCommand,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan interpolate --out between.webp", "through 8 pictures of the latest run, and back"),
            ("artgan interpolate --out between.mp4 --seeds 3,14,15 --fps 30", "through these"),
            (
                "artgan interpolate --out way.webp --latent a.json --latent b.json",
                "between projected ones",
            ),
            ("artgan interpolate --out cats.gif --label cat --n 4 --no-loop", "of one label"),
        ),
    )(interpolate)
