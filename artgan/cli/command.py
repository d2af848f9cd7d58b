"""How artgan's commands parse their arguments: typer's way, with three small changes.

Typer converts every value through pydantic, whose import takes longer than listing all plugins; here text
stays text, and what isn't given isn't converted. An option may have an optional value. Help pages don't say
that a flag is a "bool".
"""

from typing import Any, ClassVar

from typer.core import TyperCommand, TyperGroup

OUTPUT = "Output"


class Command(TyperCommand):
    """A command. ``optional_values`` maps an option to what stands in if no value follows it.

    Where a whole number stands in, only a whole number is a value; else anything but another option.
    """

    optional_values: ClassVar[dict[str, str]] = {}

    def get_params(self, ctx: Any) -> Any:
        """All parameters, ``--help`` among them."""
        return [_adapt(parameter, OUTPUT) for parameter in super().get_params(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, once optional values are filled in."""
        return super().parse_args(ctx, self._filled_in(args))

    def _filled_in(self, args: list[str]) -> list[str]:
        filled = []
        for position, word in enumerate(args):
            filled.append(word)
            following = args[position + 1] if position + 1 < len(args) else ""
            instead = self.optional_values.get(word)
            if instead is not None and not _is_value(following, instead):
                filled.append(instead)
        return filled


def _is_value(word: str, instead: str) -> bool:
    return word.lstrip("+-").isdigit() if instead.isdigit() else bool(word) and not word.startswith("-")


class Group(TyperGroup):
    """The program itself."""

    def get_params(self, ctx: Any) -> Any:
        """All parameters, those that typer adds among them."""
        return [_adapt(parameter, None) for parameter in super().get_params(ctx)]


def _adapt(parameter: Any, help_panel: str | None) -> Any:
    if "process_value" not in vars(parameter):  # not adapted yet
        _convert_only_what_needs_it(parameter)
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
        if parameter.name == "help":
            parameter.rich_help_panel = help_panel
    return parameter


def _convert_only_what_needs_it(parameter: Any) -> None:
    convert = parameter.process_value
    is_text = getattr(getattr(parameter, "type_descriptor", None), "annotation", None) is str

    def process_value(ctx: Any, value: Any) -> Any:
        nothing_given = value is None and not parameter.required
        if not (nothing_given or ctx.resilient_parsing or (is_text and isinstance(value, str))):
            return convert(ctx, value)
        if value is None and (parameter.multiple or parameter.nargs == -1):
            value = ()
        return value if parameter.callback is None else parameter.callback(ctx, parameter, value)

    parameter.process_value = process_value
