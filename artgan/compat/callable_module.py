"""A package that can be called: ``artgan.gallery(…)`` is a function of the library, and ``artgan.gallery`` a package.

Reason: Python sets a package as an attribute of its parent whenever it is first imported, which would replace the
function of the same name: after ``import artgan.gallery.similarity``, ``artgan.gallery`` is a module.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

TESTED = {"python": ("3.11", "3.12", "3.13")}


class _CallableModule(ModuleType):
    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        module, _, name = self.__dict__["_called"].partition(":")
        return getattr(import_module(module), name)(*arguments, **keywords)


def call_as(package: str, target: str) -> None:
    """Make calls of the imported ``package`` call ``target`` (``"module:function"``), imported on the first call."""
    module = sys.modules[package]
    module.__class__ = _CallableModule
    module.__dict__["_called"] = target
