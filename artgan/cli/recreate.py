"""``artgan recreate``."""

from pathlib import Path

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.requests.recreate import RecreateRequest


def recreate(request: RecreateRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Recreate an image from its own metadata, byte for byte, or say exactly what is missing.

    All it needs are the run and the checkpoint that the image names.
    """
    with output.nothing_on_stdout():
        from artgan.api import recreate as api

        made = api.recreate(request)
    if json:
        output.print_json(
            {"path": str(made.path.absolute()), "metadata": made.metadata, "identical": True, "signed": made.signed}
        )
    elif quiet:
        print(output.short_path(made.path))
    else:
        said = made.metadata
        output.print_facts(
            f"{output.short_path(made.path)} is identical to {Path(request.image).name}, byte for byte",
            [
                ("run", said["run"]),
                ("checkpoint", output.short_path(made.checkpoint)),
                ("seed", None if "latent" in said else f"{said['seed']}, image {said['index']}"),
                ("latent", f"nearest to {said.get('picture')}" if "latent" in said else None),
                ("label", said.get("label_name")),
                ("credentials", "copied from the image: only its signer can sign it" if made.signed else None),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "recreate",
        recreate,
        "Make",
        examples(("artgan recreate gallery/spring/images/00007.png --out again.png", "the same file again")),
    )
