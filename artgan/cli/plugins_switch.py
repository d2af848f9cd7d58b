"""``artgan plugins disable`` and ``enable``: choose whether a plugin is imported."""

from typing import Annotated

import typer

from artgan.cli import completion, output
from artgan.cli.command import Command
from artgan.cli.options import Debug, Json, Quiet, examples

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="A plugin, or a package with all its plugins.", autocompletion=completion.plugins
    ),
]


def disable(name: Name, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Disable a plugin: it stays installed but is no longer imported.

    ARTGAN_DISABLE=name,… in the environment disables plugins temporarily.
    """
    from artgan.plugins import disabled
    from artgan.plugins.loading import registry

    changed = disabled.disable(name, registry())
    _tell(name, json, quiet, f"{name} is disabled." if changed else f"{name} was already disabled.")


def enable(name: Name, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Enable a plugin again."""
    from artgan.plugins import disabled
    from artgan.plugins.loading import registry

    changed = disabled.enable(name, registry())
    _tell(name, json, quiet, f"{name} is enabled." if changed else f"{name} wasn't disabled.")


def _tell(name: str, json: bool, quiet: bool, text: str) -> None:
    from artgan.plugins import disabled

    if json:
        output.print_json({"plugin": name, "disabled": disabled.disabled_permanently()})
    elif quiet:
        print(name)
    else:
        print(text)


def register(group: typer.Typer) -> None:
    """Add the commands to ``artgan plugins``."""
    group.command("disable", cls=Command, epilog=examples(("artgan plugins disable NAME", "stop importing it")))(
        disable
    )
    group.command("enable", cls=Command, epilog=examples(("artgan plugins enable NAME", "import it again")))(enable)
