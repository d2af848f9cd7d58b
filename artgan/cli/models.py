"""``artgan models``: list the models, or show one."""

from typing import Annotated, Any

import typer

from artgan.cli import completion, listing, output
from artgan.cli.command import Command
from artgan.cli.options import Debug, Json, Quiet, examples
from artgan.plugins.specs import ModelSpec


def models(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Model to show in full.", autocompletion=completion.models),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """List the models, or show one: its paper and its options, with their types, defaults and ranges."""
    from artgan.plugins.loading import registry

    known = registry()
    if name is not None:
        _show(_details(name), json, quiet)
        return
    listing.show("models", known.of(ModelSpec), json, quiet)
    output.note_broken(known)


def _details(name: str) -> dict[str, Any]:
    from artgan.plugins.loading import load_class, registry

    spec = registry().find(ModelSpec, name)  # reports a wrong name before torch is imported
    from artgan.models.model import Model
    from artgan.plugins.options import describe

    kind = load_class(spec, Model)
    return {
        **listing.summary(name, spec),
        "paper": kind.paper,
        "conditional": kind.conditional,
        "default_steps": kind.default_steps,
        "default_batch_size": kind.default_batch_size,
        "options": [output.option_entry(option) for option in describe(kind.Options)],
    }


def _show(model: dict[str, Any], json: bool, quiet: bool) -> None:
    if json:
        output.print_json(model)
        return
    if quiet:
        print(model["name"])
        return
    output.print_facts(
        f"{model['name']}: {model['summary']}",
        [
            ("paper", model["paper"]),
            ("labels", "used: you can ask for them when sampling" if model["conditional"] else "not used"),
            (
                "budget",
                f"{model['default_steps']:,} steps of {model['default_batch_size']} images (default)",
            ),
            ("plugin", f"{model['plugin']} of {model['distribution']} {model['version']}"),
            ("train it", f"artgan train --model {model['name']}"),
        ],
    )
    output.print_options(model["options"], "-o")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "models",
        cls=Command,
        rich_help_panel="Available",
        epilog=examples(
            ("artgan models", "list them all"),
            ("artgan models dcgan", "show one in full, with its options"),
            ("artgan models dcgan --json", "the same for a program"),
        ),
    )(models)
