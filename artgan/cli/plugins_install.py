"""``artgan plugins install`` and ``uninstall``: add packages to artgan's own environment, and remove them."""

import sys
from typing import Annotated, Any

import typer

from artgan.cli import completion, output
from artgan.cli.command import Command
from artgan.cli.options import Debug, Json, Quiet, examples

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the command without running it.")]


def install(
    package: Annotated[
        str, typer.Argument(metavar="PACKAGE|PATH|URL", help="A package on an index, a folder, a wheel, or a URL.")
    ],
    editable: Annotated[
        bool,
        typer.Option("--editable", "-e", help="Install a folder in place: changes take effect at once."),
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Install a plugin package into artgan's environment, and list what it provides."""
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
        output.note(f"The package{name} is installed but provides no plugin: no entry point in the group artgan.")
    for text in plan.notes:
        output.note(text)
    if broken:
        raise typer.Exit(1)


def uninstall(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A package, or one of its plugins.", autocompletion=completion.plugins)
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask for confirmation.")] = False,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Remove a plugin package from artgan's environment."""
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
            raise UserError(f"This would remove {plan.distribution}: confirm with --yes.")
        _show_lost(plan.distribution, lost)
        typer.confirm(f"Remove {plan.distribution}?", abort=True, err=True)
    install.run(plan)
    if any(plugin.distribution == plan.distribution for plugin in install.installed_now()):
        raise ArtganError(
            f"{plan.distribution} is still found outside this environment ({sys.prefix}), in PYTHONPATH or the current "
            "folder: remove it there."
        )
    if json:
        output.print_json({"command": plan.command, "uninstalled": plan.distribution})
    elif quiet:
        print(plan.distribution)
    else:
        print(f"Removed {plan.distribution}. Runs made with it are kept, but need it to be sampled or resumed.")


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
    output.note(f"{distribution} provides {', '.join(brings) or 'nothing that works'}.")


def register(group: typer.Typer) -> None:
    """Add the commands to ``artgan plugins``."""
    group.command(
        "install",
        cls=Command,
        epilog=examples(
            ("artgan plugins install artgan-pond", "from a package index"),
            ("artgan plugins install -e ./artgan-pond", "a package that you are working on"),
            ("artgan plugins install git+https://…", "from a repository"),
        ),
    )(install)
    group.command(
        "uninstall",
        cls=Command,
        epilog=examples(("artgan plugins uninstall artgan-pond", "and all its plugins")),
    )(uninstall)
