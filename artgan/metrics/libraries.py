"""Optional libraries that metrics need (the extra ``evaluate``), imported only when they are used."""

from importlib import import_module
from typing import Any

from artgan.errors import UserError


def library(module: str) -> Any:
    """Import a module of the extra ``evaluate``. Raises :class:`UserError` naming the extra if it isn't installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or module
        raise UserError(
            f"Evaluation needs {missing.partition('.')[0].replace('_', '-')}, which isn't installed: "
            'pip install "artgan[evaluate]"'
        ) from None
