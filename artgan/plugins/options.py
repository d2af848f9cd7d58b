"""Typed options of models and data sets: declared as a pydantic class, shown in help, set with ``key=value``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, TypeVar, Union, get_args, get_origin, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import core_schema

from artgan.errors import UserError, nearest, unknown
from artgan.plugins.loading import registry
from artgan.plugins.specs import LossSpec, Spec

__all__ = ["Field", "LossName", "OptionHelp", "Options", "PluginName", "PositiveInt"]
__all__ += ["describe", "parse_pairs", "resolve"]

O = TypeVar("O", bound="Options")  # noqa: E741


class Options(BaseModel):
    """Base class of option sets. Each field has a default, a range and a line of help.

    Example::

        class Options(artgan.Options):
            width: int = artgan.Field(64, ge=1, le=1024, description="channels of the first layer")

    Values are converted from text (``"3"``, ``"true"``, ``"256,512"``) and validated; unknown keys are errors.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True)


@runtime_checkable
class NamesPlugin(Protocol):
    """An option's value that stands for a plugin; ``str()`` returns its name."""

    def spec(self) -> Spec:
        """Return the spec of the plugin. Raises :class:`UserError` if it doesn't exist."""
        ...


@dataclass(frozen=True, slots=True)
class PluginName:
    """Annotation of text options that name something from a plugin: ``Annotated[str, PluginName(LossSpec)]``.

    Help lists the available names; the error for any other suggests the nearest.
    """

    kind: type[Spec]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, name: str) -> str:
        registry().find(self.kind, name)
        return name


LossName = Annotated[str, PluginName(LossSpec)]


@dataclass(frozen=True, slots=True)
class OptionHelp:
    """An option on a help page."""

    name: str
    type: str
    default: Any
    range: str
    description: str


def parse_pairs(pairs: Iterable[str], flag: str) -> dict[str, str]:
    """Return ``["width=64", …]`` as a dict. Raises :class:`UserError` naming ``flag`` for a pair without ``=``."""
    parsed = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UserError(f"{flag} must be key=value, not '{pair}'.")
        parsed[key.strip()] = value.strip()
    return parsed


def resolve(kind: type[O], values: Mapping[str, Any], owner: str) -> O:
    """Create an instance of an options class.

    Args:
        kind: the class.
        values: values by name, as text or typed.
        owner: what has the options, for errors: ``"model dcgan"``.

    Raises:
        UserError: for an unknown key (with the nearest match), a wrong type or a value out of range; the message names
            the option and says what it must be.
    """
    fields = kind.model_fields
    for key in values:
        if key not in fields:
            raise _no_option(kind, key, owner)
    converted = {key: _from_text(value, fields[key]) for key, value in values.items()}
    try:
        return kind(**converted)
    except ValidationError as error:
        problem = error.errors()[0]
        key = str(problem["loc"][0]) if problem["loc"] else ""
        if key not in fields:
            raise UserError(f"Options of {owner}: {problem['msg']}.") from None
        default = default_of(fields[key])
        raise UserError(
            f"Option {key} of {owner} must be {expected(fields[key], problem['type'])} "
            f"(default: {'none' if default is None else show(default) or 'none'}), not {show(problem['input'])}."
        ) from None


def _no_option(kind: type[Options], key: str, owner: str) -> UserError:
    """Return the error for an unknown option; it lists the class's own options before inherited ones."""
    inherited = {name for base in kind.__bases__ if issubclass(base, Options) for name in base.model_fields}
    known = sorted(kind.model_fields, key=lambda name: name in inherited)
    title, _, name = owner.rpartition(" ")
    command = {"model": "models", "data set": "datasets"}.get(title)
    listed = f"`artgan {command} {name}` lists all." if command and not nearest(key, known) else ""
    return unknown(f"option of {owner}", key, known, listed)


def describe(kind: type[Options]) -> list[OptionHelp]:
    """Return all options of ``kind``, in the order of declaration."""
    return [
        OptionHelp(name, type_name(info), default_of(info), range_text(info), info.description or "")
        for name, info in kind.model_fields.items()
    ]


def default_of(info: FieldInfo) -> Any:
    """Return a field's default."""
    return info.get_default(call_default_factory=True)


def show(value: Any) -> str:
    """Return a value as the user would type it."""
    if isinstance(value, (tuple, list)):
        return ",".join(show(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def type_name(info: FieldInfo) -> str:
    """Return a field's type for help pages: ``int``, ``a|b|c``, ``int,int,…``."""
    for rule in info.metadata:
        if isinstance(rule, PluginName):
            return "|".join(registry().of(rule.kind))
    return _type_name(info.annotation)


_IN_WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}
_IN_WORDS |= {"str,…": "names separated by commas", "dict": "a table of options"}
_OUT_OF_RANGE = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_WRONG_COUNT = frozenset({"too_short", "too_long"})


def expected(info: FieldInfo, problem: str = "") -> str:
    """Return what a field accepts, to complete a sentence with "must be".

    Examples are ``a whole number between 4 and 1024``, ``auto, cpu or cuda``, or ``at least 1``.

    Args:
        info: the field.
        problem: pydantic's type of the error; if only the range was violated, the result is the range alone.
    """
    limits = _range_in_words(info)
    if limits and problem in _OUT_OF_RANGE:
        return limits
    kinds = [kind for kind in get_args(info.annotation) if kind is not type(None)]
    kind = kinds[0] if type(None) in get_args(info.annotation) and len(kinds) == 1 else info.annotation
    plugin_names = any(isinstance(rule, PluginName) for rule in info.metadata)
    name = type_name(info) if plugin_names else _type_name(kind)
    *most, last = name.split("|")
    words = _IN_WORDS.get(name, f"{', '.join(most)} or {last}" if most else last)
    if words.endswith(",…"):
        words = f"{words.removesuffix(',…')}, separated by commas"
    count = _count_in_words(info)
    if count and problem in _WRONG_COUNT:
        return f"{words}, {count} of them"
    if not limits:
        return words
    return f"{words} of {limits}" if limits.startswith("at ") else f"{words} {limits}"


def _range_in_words(info: FieldInfo) -> str:
    low, high = _limits(info)
    if low and high and " " not in low + high:
        return f"between {low} and {high}"
    low = low.replace("more", "greater") if " " in low else low and f"at least {low}"
    high = high if " " in high else high and f"at most {high}"
    return " and ".join(limit for limit in (low, high) if limit)


def _count_in_words(info: FieldInfo) -> str:
    """Return how many values a list may have: ``2 to 16``, ``at least 1``, or nothing."""
    low = next((rule.min_length for rule in info.metadata if hasattr(rule, "min_length")), None)
    high = next((rule.max_length for rule in info.metadata if hasattr(rule, "max_length")), None)
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _type_name(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return "|".join(str(a) for a in arguments)
    if origin in (tuple, list):
        return f"{_type_name(arguments[0])},…"
    if origin is Union or type(kind).__name__ == "UnionType":
        return "|".join("none" if a is type(None) else _type_name(a) for a in arguments)
    return str(getattr(kind, "shown", getattr(kind, "__name__", kind)))


def range_text(info: FieldInfo) -> str:
    """Return a field's range for help pages: ``1 to 1024``, ``at least 0``, or nothing."""
    low, high = _limits(info)
    if low and high:
        return f"{low} to {high}"
    if low:
        return low if "more" in low else f"at least {low}"
    return (high if "less" in high else f"at most {high}") if high else ""


def _limits(info: FieldInfo) -> tuple[str, str]:
    low = high = ""
    for rule in info.metadata:
        low = f"{rule.ge}" if hasattr(rule, "ge") else f"more than {rule.gt}" if hasattr(rule, "gt") else low
        high = f"{rule.le}" if hasattr(rule, "le") else f"less than {rule.lt}" if hasattr(rule, "lt") else high
    return low, high


def _from_text(value: Any, info: FieldInfo) -> Any:
    if not isinstance(value, str):
        return value
    kinds = (info.annotation, *get_args(info.annotation))
    if type(None) in kinds and value.casefold() in ("none", ""):
        return None
    if any(get_origin(kind) in (tuple, list) for kind in kinds):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
