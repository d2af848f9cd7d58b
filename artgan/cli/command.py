"""Typer's commands, with faster parsing, options whose value is optional, and shorter help."""

import inspect
from typing import Any, ClassVar

from typer.core import TyperCommand, TyperGroup

from artgan.compat.typer_values import convert_only_what_needs_it

OUTPUT = "Output"


class Command(TyperCommand):
    """A command.

    Class attributes:
        optional_values: maps an option to the value that it has if none follows it. If that is a whole number, only
            whole numbers count as values; otherwise anything but another option does.
    """

    optional_values: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, help: str | None = None, **values: Any) -> None:
        """Take the same arguments as Typer's command; join the lines of ``help``, which end where the source's do."""
        paragraphs = inspect.cleandoc(help or "").split("\n\n")
        super().__init__(*args, help="\n\n".join(" ".join(part.split()) for part in paragraphs) or None, **values)

    def get_params(self, ctx: Any) -> Any:
        """Return all parameters, including ``--help``."""
        return [_adapt(parameter, OUTPUT) for parameter in super().get_params(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, after filling in optional values."""
        return super().parse_args(ctx, self._fill_in(args))

    def _fill_in(self, args: list[str]) -> list[str]:
        filled = []
        for position, word in enumerate(args):
            filled.append(word)
            following = args[position + 1] if position + 1 < len(args) else ""
            bare = self.optional_values.get(word)
            if bare is not None and not _is_value(following, bare):
                filled.append(bare)
        return filled


def _is_value(word: str, bare: str) -> bool:
    return word.lstrip("+-").isdigit() if bare.isdigit() else bool(word) and not word.startswith("-")


class Group(TyperGroup):
    """The program itself, or a group of commands."""

    def get_params(self, ctx: Any) -> Any:
        """Return all parameters, including those that Typer adds."""
        return [_adapt(parameter, None) for parameter in super().get_params(ctx)]


def _adapt(parameter: Any, help_panel: str | None) -> Any:
    convert_only_what_needs_it(parameter)
    if getattr(parameter, "is_flag", False):
        parameter.metavar = ""  # otherwise help pages say that a flag is a "bool"
    if parameter.name == "help":
        parameter.rich_help_panel = help_panel
    return parameter
