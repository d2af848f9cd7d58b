"""A run as data: its record, its folder and its checkpoint files. Imports no torch."""

from typing import Any

from artgan import _moved


def __getattr__(name: str) -> Any:
    return _moved.moved_name(__name__, name)
