"""``artgan plugins``: list plugins, and add, check, disable or remove them."""

from typing import Any

import typer

from artgan.cli import output, plugins_check, plugins_install, plugins_new, plugins_switch
from artgan.cli.command import Command, Group
from artgan.cli.options import Debug, Json, Quiet, examples

group = typer.Typer(
    cls=Group,
    invoke_without_command=True,
    epilog=examples(
        ("artgan plugins", "list what is installed, and whether it works"),
        ("artgan plugins --json", "the same for a program"),
        ("artgan plugins disable NAME", "stop importing a plugin"),
    ),
)


@group.callback()
def plugins(context: typer.Context, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """List all plugins, with their origin and what they provide; install, check or disable them."""
    if context.invoked_subcommand is None:
        _list(context, json, quiet)


@group.command("list", cls=Command)
def list_plugins(context: typer.Context, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """List all plugins: where they come from, what they provide, or why they are broken."""
    _list(context, json, quiet)


def _list(context: Any, json: bool, quiet: bool) -> None:
    from artgan.cli.program import shadowed
    from artgan.plugins.loading import registry

    for spec in shadowed(context.find_root().command.commands):
        owner = registry().provider(spec)
        owner.warnings.append(
            f"Its command '{spec.name}' has the same name as a command of artgan itself: "
            f"run it as artgan {owner.distribution}:{spec.name}."
        )
    found = registry().plugins
    if json:
        output.print_json({"plugins": [_entry(plugin) for plugin in found]})
    elif quiet:
        print("\n".join(plugin.name for plugin in found))
    else:
        columns = ("plugin", "package", "entry point", "provides")
        output.print_table(columns, [_row(plugin) for plugin in found], wrap=("entry point", "provides"))
        for plugin in found:
            label = f"{plugin.name} ({plugin.target} of {plugin.distribution} {plugin.version})"
            output.print_problems(label, "is broken", plugin.problems)
            output.print_problems(label, "works, but", plugin.warnings)


def _entry(plugin: Any) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "entry_point": plugin.target,
        "brings": [{"kind": spec.kind, "name": spec.name, "summary": spec.summary} for spec in plugin.specs],
        "disabled": plugin.disabled,
        "problems": plugin.problems,
        "warnings": plugin.warnings,
    }


def _row(plugin: Any) -> list[str]:
    brings = [f"{spec.title} {spec.name}" for spec in plugin.specs]
    if plugin.disabled:
        brings.append(f"disabled {plugin.disabled}")
    if plugin.problems:
        brings.append("broken, see below")
    return [plugin.name, f"{plugin.distribution} {plugin.version}", plugin.target, ", ".join(brings)]


for _part in (plugins_new, plugins_check, plugins_install, plugins_switch):
    _part.register(group)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(group, name="plugins", rich_help_panel="Available")
