"""The plugin framework: hooks, specs and typed options; finding, loading, disabling and installing plugins."""

from typing import Any

from artgan import _moved


def __getattr__(name: str) -> Any:
    return _moved.moved_name(__name__, name)
