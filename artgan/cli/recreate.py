"""``artgan recreate``."""

from pathlib import Path
from typing import Annotated

import typer

from artgan.cli import options, output
from artgan.cli.command import Command
from artgan.cli.options import examples


def recreate(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A PNG of an exhibit, or a nearest.png.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE.png", help="Where to write it.", rich_help_panel=options.FILES)
    ],
    device: options.Device = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Make a picture again from its own metadata, byte for byte, or say exactly what is missing.

    It needs the run and the checkpoint that the picture names, and nothing else.
    """
    with output.nothing_on_stdout():
        from artgan.gallery import recreate as library

        made = library.recreate(image, out, runs_dir=runs_dir, device=device or "auto")
    if json:
        output.print_json(
            {"path": str(made.path.absolute()), "metadata": made.metadata, "identical": True, "signed": made.signed}
        )
    elif quiet:
        print(output.short_path(made.path))
    else:
        said = made.metadata
        output.print_facts(
            f"{output.short_path(made.path)} is {image.name} again, byte for byte",
            [
                ("run", said["run"]),
                ("checkpoint", output.short_path(made.checkpoint)),
                ("seed", None if "latent" in said else f"{said['seed']}, image {said['index']}"),
                ("latent", f"nearest to {said.get('picture')}" if "latent" in said else None),
                ("label", said.get("label_name")),
                ("credentials", "taken over from the picture: only who signed it can sign it" if made.signed else None),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "recreate",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(("artgan recreate gallery/spring/images/00007.png --out again.png", "the same file again")),
    )(recreate)
