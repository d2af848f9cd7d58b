"""``artgan plugins install`` and ``uninstall``: packages into the environment that artgan runs in, and out of it."""

import sys
from typing import Annotated, Any

import typer

from artgan.cli import completion, output
from artgan.cli.command import Command
from artgan.cli.options import HOW, Debug, Json, Quiet, examples

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the command that would be run, and stop.", rich_help_panel=HOW)
]


def install(
    package: Annotated[
        str, typer.Argument(metavar="PACKAGE|PATH|URL", help="A package of an index, a folder or wheel, an address.")
    ],
    editable: Annotated[
        bool,
        typer.Option("--editable", "-e", help="Use a folder where it is: changes count at once.", rich_help_panel=HOW),
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Install a plugin package into the environment that artgan runs in, and say what it brings."""
    from artgan.plugins import install
    from artgan.plugins.loading import registry

    plan = install.plan_install(package, editable=editable)
    if dry_run:
        _show_plan(plan, json)
        return
    before = registry().plugins
    install.run(plan)
    found = install.installed_by(plan, before, install.installed_now())
    broken = not found or any(plugin.problems for plugin in found)
    if json:
        output.print_json({"command": plan.command, "plugins": [_entry(p) for p in found], "notes": plan.notes})
    elif quiet:
        print("\n".join(plugin.name for plugin in found))
    else:
        _show_brought(found)
    if not found:
        name = f" {plan.distribution}" if plan.distribution else ""
        output.note(f"The package{name} is installed, but brings no plugin: it has no entry point of the group artgan.")
    for text in plan.notes:
        output.note(text)
    if broken:
        raise typer.Exit(1)


def uninstall(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A package, or a plugin of it.", autocompletion=completion.plugins)
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.", rich_help_panel=HOW)] = False,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Take a plugin package out of the environment that artgan runs in."""
    from artgan.errors import ArtganError, UserError
    from artgan.plugins import install
    from artgan.plugins.loading import registry

    plan = install.plan_uninstall(name, registry())
    if dry_run:
        _show_plan(plan, json)
        return
    lost = [plugin for plugin in registry().plugins if plugin.distribution == plan.distribution]
    if not yes:
        if json or not sys.stdin.isatty():
            raise UserError(f"{plan.distribution} would be taken out: confirm it with --yes.")
        _show_lost(plan.distribution, lost)
        typer.confirm(f"Take {plan.distribution} out?", abort=True, err=True)
    install.run(plan)
    if any(plugin.distribution == plan.distribution for plugin in install.installed_now()):
        raise ArtganError(
            f"{plan.distribution} is still found: it isn't in this environment ({sys.prefix}), but beside it, "
            "in PYTHONPATH or the current folder."
        )
    if json:
        output.print_json({"command": plan.command, "uninstalled": plan.distribution})
    elif quiet:
        print(plan.distribution)
    else:
        print(f"{plan.distribution} is gone. Runs that were made with it are still there, and need it to go on.")


def _show_plan(plan: Any, json: bool) -> None:
    if json:
        output.print_json({"command": plan.command, "notes": plan.notes})
        return
    print(plan.shown)
    for text in plan.notes:
        output.note(text)


def _entry(plugin: Any) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "brings": [{"kind": spec.kind, "name": spec.name, "summary": spec.summary} for spec in plugin.specs],
        "problems": plugin.problems,
    }


def _show_brought(found: list[Any]) -> None:
    for plugin in found:
        output.print_facts(
            f"{plugin.distribution} {plugin.version} is installed.",
            [(f"{spec.title} {spec.name}", spec.summary) for spec in plugin.specs],
        )
        output.print_problems(f"{plugin.name} ({plugin.target})", "is broken", plugin.problems)


def _show_lost(distribution: str, plugins: list[Any]) -> None:
    brings = [f"{spec.title} {spec.name}" for plugin in plugins for spec in plugin.specs]
    output.note(f"{distribution} brings {', '.join(brings) or 'nothing that works'}.")


def register(group: typer.Typer) -> None:
    """Add the commands to ``artgan plugins``."""
    group.command(
        "install",
        cls=Command,
        epilog=examples(
            ("artgan plugins install artgan-pond", "from a package index"),
            ("artgan plugins install -e ./artgan-pond", "what you are working on"),
            ("artgan plugins install git+https://…", "from an address"),
        ),
    )(install)
    group.command(
        "uninstall",
        cls=Command,
        epilog=examples(("artgan plugins uninstall artgan-pond", "and all its plugins")),
    )(uninstall)
