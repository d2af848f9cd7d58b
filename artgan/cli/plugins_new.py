"""``artgan plugins new``: start a plugin of your own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artgan.cli import completion, output
from artgan.cli.command import Command
from artgan.cli.options import FILES, Debug, Json, Quiet, examples

if TYPE_CHECKING:
    from artgan.plugins.scaffold import Package


def new(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name that people will type; the package is artgan-NAME.")
    ],
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="model, dataset, loss, metric, tracker, curator or command (default: model).",
            autocompletion=completion.kinds,
        ),
    ] = "model",
    directory: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Where to create artgan-NAME (default: here).", rich_help_panel=FILES),
    ] = Path(),
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Create a complete package with a small working plugin: code, tests, README, licence and CI."""
    from artgan.plugins.scaffold import create

    root = context.find_root()
    made = create(name, kind, directory, commands=root.command.list_commands(root))  # type: ignore[attr-defined]
    if json:
        output.print_json(
            {
                "path": made.path,
                "distribution": made.names.distribution,
                "module": made.names.module,
                "kind": made.kind,
                "name": made.names.name,
                "files": made.files,
                "use": made.use,
            }
        )
    elif quiet:
        print(made.path)
    else:
        _show(made)


def _show(made: "Package") -> None:
    path = output.short_path(made.path)
    code, hook, test, conformance = made.files[:4]
    print(f"Created {path} with a working {made.title} called {made.names.name}.\n")
    output.print_facts(
        "What to look at",
        [
            (code, f"the {made.title}: start here"),
            (hook, "tells artgan about it"),
            (test, "a test of your own"),
            (conformance, "checks what artgan expects of it"),
        ],
    )
    print()
    output.print_facts(
        "What to do next",
        [
            (f"cd {path}", "go there"),
            ("uv run pytest", "run its tests, which pass already"),
            ("artgan plugins install -e .", "install it here; later changes take effect at once"),
            (made.use[0], "use it"),
        ],
    )


def register(group: typer.Typer) -> None:
    """Add the command to ``artgan plugins``."""
    group.command(
        "new",
        cls=Command,
        epilog=examples(
            ("artgan plugins new pond", "a model called pond, in ./artgan-pond"),
            ("artgan plugins new rain --kind dataset", "a data set"),
        ),
    )(new)
