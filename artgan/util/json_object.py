"""Typed views of JSON objects that come from files: dataclasses that check types and keep the keys they don't know.

Reading hundreds of files has to be quick, so this needs no pydantic.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from types import NoneType, UnionType
from typing import Any, Self, get_args, get_origin

Convert = Callable[[Any], Any]

_LARGEST = 2**63
_OPTIONAL = {"optional": True}


class Mismatch(TypeError):
    """A JSON value doesn't have the type that a field declares.

    Attributes:
        key: the outermost key that is wrong; empty if the value itself is.
    """

    def __init__(self, key: str = "") -> None:
        super().__init__(f"'{key}' has the wrong type or is missing" if key else "not a JSON object")
        self.key = key


def optional() -> Any:
    """Declare a field that is None, and left out of the JSON, unless it is given."""
    return field(default=None, metadata=_OPTIONAL)


_KNOWN: dict[type, list[tuple[str, Convert, bool]]] = {}


class JSONObject:
    """Base class of frozen, keyword-only dataclasses with slots whose fields are the keys of a JSON object.

    A field without a default must be in what is read. Types are ``str``, ``int``, ``float`` (whole numbers too),
    ``bool``, ``Any``, other such classes, ``Mapping[str, …]``, ``tuple[…, ...]`` for lists, and unions with None.
    """

    __slots__ = ("_source",)

    _source: dict[str, Any]

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the typed view of ``value``. Raises :class:`Mismatch`."""
        if not isinstance(value, dict):
            raise Mismatch
        if (converters := _KNOWN.get(cls)) is None:
            converters = _KNOWN.setdefault(cls, _converters(cls))
        found = {}
        for key, convert, required in converters:
            if key in value:
                try:
                    found[key] = convert(value[key])
                except Mismatch:
                    raise Mismatch(key) from None
            elif required:
                raise Mismatch(key)
        made = cls(**found)
        object.__setattr__(made, "_source", value)
        return made

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object: the very one that was parsed, with its unknown keys, or one made from the fields."""
        try:
            return self._source
        except AttributeError:
            pairs = ((one, getattr(self, one.name)) for one in fields(self))  # type: ignore[arg-type]
            return {one.name: to_json(value) for one, value in pairs if not (one.metadata and value is None)}

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values; all other keys stay, unknown ones too. Raises :class:`Mismatch`."""
        return self.parse({**self.to_json(), **{key: to_json(value) for key, value in changes.items()}})


def to_json(value: Any) -> Any:
    """Return ``value`` with typed views in it, at any depth, as JSON."""
    if isinstance(value, JSONObject):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    return value


def _converters(cls: type[JSONObject]) -> list[tuple[str, Convert, bool]]:
    """Return, per field of a dataclass, its key, what checks and converts its value, and whether it must be there."""
    return [
        (one.name, _converter(one.type), one.default is MISSING and one.default_factory is MISSING)
        for one in fields(cls)  # type: ignore[arg-type]
    ]


def _converter(kind: Any) -> Convert:
    if kind is Any:
        return _unchanged
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        (other,) = (one for one in inner if one is not NoneType)
        convert = _converter(other)
        return lambda value: None if value is None else convert(value)
    if origin is tuple:
        return _sequence(_converter(inner[0]))
    if origin is Mapping:
        return _instance(dict) if inner[1] is Any else _mapping(_converter(inner[1]))
    if kind is int:
        return _integer
    if kind is float:
        return _number
    if issubclass(kind, JSONObject):
        parse: Convert = kind.parse
        return parse
    return _instance(kind)


def _unchanged(value: Any) -> Any:
    return value


def _instance(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Mismatch
        return value

    return convert


def _integer(value: Any) -> Any:
    """Accept whole numbers of up to 64 bits, and no truth values."""
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise Mismatch
    return value


def _number(value: Any) -> Any:
    return value if type(value) is float else _integer(value)


def _sequence(convert: Convert) -> Convert:
    def convert_all(value: Any) -> Any:
        if not isinstance(value, list):
            raise Mismatch
        return tuple(convert(one) for one in value)

    return convert_all


def _mapping(convert: Convert) -> Convert:
    def convert_all(value: Any) -> Any:
        if not isinstance(value, dict):
            raise Mismatch
        return {key: convert(one) for key, one in value.items()}

    return convert_all
