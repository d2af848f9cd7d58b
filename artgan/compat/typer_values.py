"""Typer's parameters without pydantic where nothing needs it.

Reason: Typer converts the value of every parameter through pydantic, even of those that weren't given, and importing
pydantic takes longer than listing all plugins. Typer creates the parameters itself and lets no subclass in, so their
class is changed once they exist.
"""

from collections.abc import Callable
from typing import Any

from typer.core import TyperArgument, TyperOption

TESTED = {"typer": ("0.29",)}


class _Option(TyperOption):
    def process_value(self, ctx: Any, value: Any) -> Any:
        return _process(self, ctx, value, super().process_value)


class _Argument(TyperArgument):
    def process_value(self, ctx: Any, value: Any) -> Any:
        return _process(self, ctx, value, super().process_value)


def _process(parameter: Any, ctx: Any, value: Any, convert: Callable[[Any, Any], Any]) -> Any:
    """Convert a value, unless it is text that is wanted as text, or nothing."""
    nothing_given = value is None and not parameter.required
    is_text = parameter.type_descriptor.annotation is str and isinstance(value, str)
    if not (nothing_given or ctx.resilient_parsing or is_text):
        return convert(ctx, value)
    if value is None and (parameter.multiple or parameter.nargs == -1):
        value = ()
    return value if parameter.callback is None else parameter.callback(ctx, parameter, value)


def convert_only_what_needs_it(parameter: Any) -> None:
    """Make a parameter of Typer's convert only values that need it. Other parameters are left alone."""
    if type(parameter) is TyperOption:
        parameter.__class__ = _Option
    elif type(parameter) is TyperArgument:
        parameter.__class__ = _Argument
