"""Writes docs/reference/commands.md, the help pages of the program as one document: ``python -m tools.help_pages``."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from artgan.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"
RENEW = "uv run python -m tools.help_pages"

INTRODUCTION = f"""\
# Commands

What `artgan COMMAND --help` says, written by the program itself (`{RENEW}`). Plugins add commands of
their own.
"""

_EXAMPLE = re.compile(r"\[bold cyan\](.+?)\[/\] *\[dim\](.*?)\[/\]")
_CHOICE = re.compile(r"[<\[](\w+(?:\|\w+)+)[>\]]")


def page() -> str:
    """The document, in Markdown."""
    program: Any = typer.main.get_command(app)
    context = program.make_context("artgan", ["models"], resilient_parsing=True)
    parts = [INTRODUCTION, *_help(program, context)]
    for name, command, inner in _below(program, context):
        parts += [f"## artgan {name}\n", *_help(command, inner)]
    return "\n".join(parts)


def _below(group: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every command with its full name and context, depth first; of the program's own alone, not of plugins."""
    for name, command in group.commands.items():
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        yield name, command, inner
        for rest, deeper, innermost in _below(command, inner) if hasattr(command, "commands") else ():
            yield f"{name} {rest}", deeper, innermost


def _help(command: Any, context: Any) -> Iterator[str]:
    if command.help:
        yield inspect.cleandoc(command.help) + "\n"
    yield f"```text\n{' '.join(context.get_usage().split())}\n```\n"
    panels: dict[str, list[str]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            is_argument = parameter.param_type_name == "argument"
            panel = "Arguments" if is_argument else getattr(parameter, "rich_help_panel", None) or "Options"
            panels.setdefault(str(panel), []).append(_line(*record, is_argument))
    for panel, lines in panels.items():
        yield f"**{panel}**\n\n" + "\n".join(lines) + "\n"
    examples = _EXAMPLE.findall(command.epilog or "")
    if examples:
        width = max(len(example) for example, _ in examples)
        shown = "\n".join(f"$ {example:<{width}}  # {aim}" for example, aim in examples)
        yield f"```console\n{shown}\n```\n"


def _line(name: str, text: str, is_argument: bool) -> str:
    """One parameter. What versions of typer write differently, brackets and types, is left out."""
    name = re.sub(r" <\w+>$", "", name) if is_argument else _CHOICE.sub(r"\1", name)
    return f"- `{name}`: {text.replace('[required]', '').strip()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE, file=sys.stderr)
