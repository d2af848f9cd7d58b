"""An extension of Griffe: reStructuredText in docstrings becomes Markdown, and requests become parameters."""

import inspect
import re
from importlib import import_module
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
    """Changes docstrings, and the signatures of functions that take a request."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """Visit each module, class, function and attribute once."""
        if obj.is_function and any(str(decorator.value).startswith("takes") for decorator in obj.decorators):
            obj.parameters = _parameters(obj)
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)


def _parameters(obj: Any) -> griffe.Parameters:
    """Return the parameters with which a function is called: the fields of its request."""
    target = import_module(obj.module.path)
    for name in obj.path.removeprefix(f"{obj.module.path}.").split("."):
        target = getattr(target, name)
    return griffe.Parameters(
        *(
            griffe.Parameter(
                parameter.name,
                annotation=_annotation(parameter.annotation),
                kind=griffe.ParameterKind[parameter.kind.name.lower()],
                default=_default(parameter.default),
            )
            for parameter in inspect.signature(target).parameters.values()
        )
    )


def _annotation(kind: Any) -> str | None:
    if kind is inspect.Parameter.empty:
        return None
    kind = getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind
    text = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    return re.sub(r"\b(?:typing|collections\.abc|pathlib|os|artgan(?:\.\w+)*)\.", "", text).replace("NoneType", "None")


def _default(value: Any) -> str | None:
    if value is inspect.Parameter.empty:
        return None
    return "…" if callable(value) or "object at" in repr(value) or "factory" in repr(value) else repr(value)


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
