"""A Griffe extension that converts docstrings from reStructuredText, as ``pydoc`` and editors expect, to Markdown."""

import re
from textwrap import dedent
from typing import Any

import griffe

import artgan

# Names with an entry in the reference; all others become code without a link.
_LINKED = {f"artgan.{name}" for name in artgan.__all__} - {"artgan.__version__", "artgan.Field", "artgan.PositiveInt"}
_ROLE = re.compile(r":(?:class|meth|func|attr|mod):`([^`]+)`")
_LITERAL = re.compile(r"(?<!`)``(?!`)")
_CLASS_ATTRIBUTES = re.compile(r"^Class attributes:\n((?:    .*(?:\n|\Z))+)", re.MULTILINE)
_BLOCK = re.compile(r"::\n\n((?:    .*\n|\n)*    .*)(?=\n|\Z)")


class Docstrings(griffe.Extension):
    """Converts the docstrings of all objects."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Convert the docstring of a module, class, function or attribute."""
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(text: str) -> str:
    """Convert a docstring to Markdown: roles become links or code, and literal blocks become fenced ones."""
    text = _CLASS_ATTRIBUTES.sub(lambda section: f"Class attributes:\n\n{_list(section[1])}\n", text)
    text = _BLOCK.sub(lambda block: f":\n\n```python\n{dedent(block[1])}\n```", text)
    return _ROLE.sub(lambda role: _reference(role[1]), _LITERAL.sub("`", text))


def _list(section: str) -> str:
    """Convert entries ``name: description`` of one or more lines to list items."""
    return re.sub(r"^(\w[\w, ]*):", r"- `\1`:", dedent(section), flags=re.MULTILINE)


def _reference(name: str) -> str:
    return f"[`{name}`][{name}]" if name in _LINKED else f"`{name}`"
