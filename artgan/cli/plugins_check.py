"""``artgan plugins check``: run the conformance kit on installed plugins."""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import completion, output
from artgan.cli.command import Command
from artgan.cli.options import Debug, Json, Quiet, examples

if TYPE_CHECKING:
    from artgan.plugins.plugin_registry import Plugin
    from artgan.plugins.specs import Spec

MARKS = {"passed": ("\033[32m", "passed"), "failed": ("\033[31m", "FAILED"), "skipped": ("\033[2m", "skipped")}


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Plugins, or packages with all their plugins (default: all).",
            autocompletion=completion.plugins,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check that plugins behave as artgan expects.

    Models are trained for a few steps, data sets are read, and losses, metrics, trackers and curators are tried on
    random images. This takes a few seconds per model.
    """
    from artgan.testing.package import plugins_called

    results = []
    for plugin in plugins_called(names or ()):
        for result in _check(plugin):
            results.append(result)
            if not json and (not quiet or result["result"] == "failed"):
                _show(result, quiet)
    counts = {name: sum(result["result"] == name for result in results) for name in MARKS}
    if json:
        output.print_json({**counts, "checks": results})
    elif not quiet:
        print(f"\n{', '.join(f'{count} {name}' for name, count in counts.items() if count) or 'nothing to check'}")
    if counts["failed"]:
        raise typer.Exit(1)


def _check(plugin: "Plugin") -> Iterator[dict[str, Any]]:
    """Yield a result for each problem of a broken plugin, and for each check of what it provides."""
    for problem in plugin.problems:
        yield _result(plugin, None, "loading", "failed", f"The plugin {plugin.label} is broken: {problem}")
    for spec in plugin.specs:
        yield from _check_spec(plugin, spec)


def _check_spec(plugin: "Plugin", spec: "Spec") -> Iterator[dict[str, Any]]:
    from artgan.testing.expect import Unchecked
    from artgan.testing.package import opened

    try:
        with opened(spec) as suite:
            for check in suite.checks():
                try:
                    with output.nothing_on_stdout():
                        check()
                except Unchecked as reason:
                    yield _result(plugin, spec, check.name, "skipped", str(reason))
                except AssertionError as failure:
                    yield _result(plugin, spec, check.name, "failed", str(failure))
                else:
                    yield _result(plugin, spec, check.name, "passed")
    except AssertionError as failure:
        yield _result(plugin, spec, "loading", "failed", str(failure))


def _result(plugin: "Plugin", spec: "Spec | None", check: str, result: str, message: str = "") -> dict[str, Any]:
    return {
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "kind": spec.kind if spec else "plugin",
        "name": spec.name if spec else plugin.name,
        "check": check,
        "result": result,
        "message": message,
    }


def _show(result: dict[str, Any], quiet: bool) -> None:
    if quiet:
        _print(f"{result['kind']} {result['name']}: {result['check']}")
        return
    colour, word = MARKS[result["result"]]
    shown = f"{colour}{word:<8}\033[0m" if _in_colour() else f"{word:<8}"
    reason = f" ({result['message']})" if result["result"] == "skipped" else ""
    _print(f"{shown}{result['kind']} {result['name']}: {result['check']}{reason}")
    if result["result"] == "failed":
        _print("  " + result["message"].replace("\n", "\n  "))


def _print(line: str) -> None:
    print(line, flush=True)  # immediately, even into a pipe


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def register(group: typer.Typer) -> None:
    """Add the command to ``artgan plugins``."""
    group.command(
        "check",
        cls=Command,
        epilog=examples(
            ("artgan plugins check", "all that are installed"),
            ("artgan plugins check artgan-pond", "all plugins of a package"),
        ),
    )(check)
