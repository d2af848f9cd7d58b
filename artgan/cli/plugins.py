"""``artgan plugins``: every plugin, what it brings, or why it is broken."""

from typing import Any

import typer

from artgan.cli import output
from artgan.cli.command import Command
from artgan.cli.options import Debug, Json, Quiet, examples


def plugins(json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """List every plugin: where it comes from, what it brings, or why it is broken."""
    from artgan.plugins import registry

    found = [
        {
            "name": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "entry_point": plugin.target,
            "models": [spec.name for spec in plugin.models],
            "datasets": [spec.name for spec in plugin.datasets],
            "problems": plugin.problems,
        }
        for plugin in registry().plugins
    ]
    if json:
        output.print_json({"plugins": found})
    elif quiet:
        print("\n".join(str(entry["name"]) for entry in found))
    else:
        columns = ("plugin", "package", "entry point", "brings")
        output.print_table(columns, [_row(entry) for entry in found], wrap=("entry point", "brings"))
        for entry in found:
            for problem in entry["problems"]:
                output.print_problem(
                    f"{entry['name']} ({entry['entry_point']} of {entry['distribution']} {entry['version']})",
                    problem,
                )


def _row(entry: dict[str, Any]) -> list[str]:
    brings = [f"model {name}" for name in entry["models"]] + [f"data set {name}" for name in entry["datasets"]]
    if entry["problems"]:
        brings.append("broken, see below")
    package = f"{entry['distribution']} {entry['version']}"
    return [entry["name"], package, entry["entry_point"], ", ".join(brings)]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "plugins",
        cls=Command,
        rich_help_panel="What there is",
        epilog=examples(
            ("artgan plugins", "what is installed, and whether it works"),
            ("artgan plugins --json", "the same for a program"),
        ),
    )(plugins)
