"""Let a package be called: ``artgan.gallery(…)`` is a verb of the library, and ``artgan.gallery`` a room of it.

Python sets a package's attribute on its parent whenever the package is first imported, which hid the function: a second
call of ``artgan.gallery`` met a module.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _CallableModule(ModuleType):
    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        module, _, name = self.__dict__["_called"].partition(":")
        return getattr(import_module(module), name)(*arguments, **keywords)


def call_as(package: str, target: str) -> None:
    """Have calls of the imported ``package`` call ``target`` (``"module:function"``), imported when it is called."""
    module = sys.modules[package]
    module.__class__ = _CallableModule
    module.__dict__["_called"] = target
