"""Declarations of options, and requests made from what a caller gives.

A request is a frozen dataclass. A field whose type is ``Annotated[…, Option(…)]`` is an option of the command line,
too: its name, type, default, range and help are declared there and nowhere else.
"""

import copy
import dataclasses
import functools
import inspect
import operator
import types
from collections.abc import Callable, Mapping
from typing import (
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    overload,
)

from artgan.errors import UserError, unknown

P = ParamSpec("P")
Q = TypeVar("Q", bound="Request")
R = TypeVar("R")
S = TypeVar("S")
Q_contra = TypeVar("Q_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A field's behaviour on the command line, beyond its name, type and default.

    Attributes:
        help: what it does, without a period at the end.
        default_help: what happens if it isn't given, where the field's own default doesn't say so.
        panel: heading on the help page.
        metavar: stands for the value on the help page.
        flags: names on the command line; ``--field-name`` if empty.
        low: smallest value.
        above: largest value that is too small.
        high: largest value.
        nonempty: whether a list must have an entry.
        expected: allowed values in words, where type and range don't say enough.
        typed: type of what is typed on the command line, if not the field's.
        parse: turns what is typed (and text in a file or from Python) into the field's value; gets the flag as well.
        complete: function of :mod:`artgan.cli.completion` that completes values.
        bare: value of the option if none follows it.
        argument: whether it is a positional argument.
        rank: place among the options of its panel; equal ranks keep the order of the fields.
        eager: whether it is parsed before the others, so that completion knows it.
    """

    help: str
    default_help: str = ""
    panel: str = ""
    metavar: str | None = None
    flags: tuple[str, ...] = ()
    low: float | None = None
    above: float | None = None
    high: float | None = None
    nonempty: bool = False
    expected: str = ""
    typed: Any = None
    parse: Callable[[Any, str], Any] | None = None
    complete: str = ""
    bare: str | None = None
    argument: bool = False
    rank: int = 0
    eager: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Declared:
    """A field of a request that is an option.

    Attributes:
        name: the field's.
        kind: its type, without ``None``.
        optional: whether it may be None.
        default: its default; None if it is computed, ``dataclasses.MISSING`` if it has none.
        option: what was declared.
    """

    name: str
    kind: Any
    optional: bool
    default: Any
    option: Option

    @property
    def flag(self) -> str:
        """The option's long name, as messages show it."""
        if self.option.argument:
            return self.option.metavar or self.name.upper()
        return self.option.flags[0].partition("/")[0] if self.option.flags else f"--{self.name.replace('_', '-')}"

    @property
    def expected(self) -> str:
        """The values that it takes, in words: ``a whole number between 4 and 1024``."""
        if self.option.expected:
            return self.option.expected
        limits = _limits(self.option)
        return _in_words(self.kind) + (f" {'of ' if limits.startswith('at') else ''}{limits}" if limits else "")

    def refuse(self, value: object) -> UserError:
        """Return the error for a value that it doesn't take."""
        return UserError(f"{self.flag} must be {self.expected}, not {_shown(value)}.")

    def check(self, value: object, typed: object = None) -> None:
        """Raise :class:`UserError` for a number that is out of range, or a list that is empty and must not be.

        Messages show what was ``typed``, if that is given.
        """
        if self.option.nonempty and not value:
            raise self.refuse("none")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low, above, high = self.option.low, self.option.above, self.option.high
            inside = (low is None or value >= low) and (above is None or value > above)
            if not inside or not (high is None or value <= high):
                expected = self.option.expected or _limits(self.option)
                raise UserError(f"{self.flag} must be {expected}, not {_shown(value if typed is None else typed)}.")


class Request:
    """Base class of requests: frozen dataclasses that know which of their fields were given.

    Subclasses are declared with ``eq=False, repr=False``: what is here does for all of them, and generating it for each
    would slow the start of the program.

    Attributes:
        given: names of the fields that were given, whatever their values.
    """

    given: frozenset[str]

    def __new__(cls, *args: object, **values: object) -> Self:
        """Remember which fields are given."""
        made = super().__new__(cls)
        fields = [field.name for field in dataclasses.fields(cls) if field.init]  # type: ignore[arg-type]
        object.__setattr__(made, "given", frozenset([*fields[: len(args)], *values]))
        return made

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={getattr(self, name)!r}" for name in sorted(self.given))
        return f"{type(self).__name__}({given})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def with_values(self, **values: object) -> Self:
        """Return a copy with other values, which count as given, and the others as they were."""
        names = {field.name for field in dataclasses.fields(self)}  # type: ignore[arg-type]
        for name in values:
            if name not in names:
                raise TypeError(f"{type(self).__name__} has no field {name}")
        made = copy.copy(self)
        for name, value in values.items():
            object.__setattr__(made, name, value)
        object.__setattr__(made, "given", self.given | values.keys())
        return made

    @classmethod
    def refuse_unknown(cls, name: str) -> UserError:
        """Return the error for a keyword that isn't one of the fields."""
        return unknown("option", name, [field.name for field in dataclasses.fields(cls)])  # type: ignore[arg-type]


class CheckedRequest(Request):
    """A request that doesn't exist with a number out of range."""

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for a number out of range."""
        kind: Any = type(self)
        for field in declared(kind):
            field.check(getattr(self, field.name))


class Verb(Protocol[P, Q_contra, R_co]):
    """A function that takes a request, or the request's fields as keywords."""

    @overload
    def __call__(self, request: Q_contra, /) -> R_co: ...
    @overload
    def __call__(self, *args: P.args, **values: P.kwargs) -> R_co: ...


def takes(kind: Callable[P, Q]) -> Callable[[Callable[[Q], R]], Verb[P, Q, R]]:
    """Let a function of a request be called with the request's fields, as type checkers and editors know them, too."""

    def decorate(function: Callable[[Q], R]) -> Verb[P, Q, R]:
        @functools.wraps(function)
        def call(*args: Any, **values: Any) -> R:
            if len(args) == 1 and not values and isinstance(args[0], kind):  # type: ignore[arg-type]
                return function(args[0])
            return function(make(kind, args, values))

        call.__signature__ = _signature(kind, function)  # type: ignore[attr-defined]
        return call

    return decorate


def takes_with_self(kind: Callable[P, Q]) -> Callable[[Callable[[S, Q], R]], Callable[Concatenate[S, P], R]]:
    """Do the same for a method."""

    def decorate(method: Callable[[S, Q], R]) -> Callable[Concatenate[S, P], R]:
        @functools.wraps(method)
        def call(self: S, *args: P.args, **values: P.kwargs) -> R:
            return method(self, make(kind, args, values))

        own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        signature = _signature(kind, method)
        call.__signature__ = signature.replace(parameters=[own, *signature.parameters.values()])  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[S, P], R], call)

    return decorate


def make(kind: Callable[..., Q], args: tuple[object, ...], values: Mapping[str, object]) -> Q:
    """Make a request of what a caller gave; None stands for the default.

    Raises:
        UserError: for a keyword that isn't a field, with the nearest match, or a number out of range.
    """
    cls = cast(type[Q], kind)
    names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in names:
            raise cls.refuse_unknown(name)
    return kind(*args, **{name: value for name, value in values.items() if value is not None})


@functools.cache
def declared(kind: Any) -> tuple[Declared, ...]:
    """Return the options of a request, in the order of its fields."""
    found = []
    for field in dataclasses.fields(kind):
        hint: Any = field.type
        option = next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Option)), None)
        if option is not None:
            default = field.default if field.default_factory is dataclasses.MISSING else None
            kinds = _members(hint.__origin__)
            some = [part for part in kinds if part is not types.NoneType]
            joined = functools.reduce(operator.or_, some) if len(some) > 1 else some[0]
            found.append(Declared(field.name, joined, len(some) < len(kinds), default, option))
    return tuple(found)


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _signature(kind: Callable[..., Any], function: Callable[..., Any]) -> inspect.Signature:
    made = inspect.signature(kind)
    return made.replace(return_annotation=inspect.signature(function).return_annotation)


def _in_words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        *most, last = map(str, get_args(kind))
        return f"{', '.join(most)} or {last}" if most else last
    if get_origin(kind) in (list, tuple):
        return "names separated by commas"
    if get_origin(kind) is dict:
        return "a table of options"
    return {int: "a whole number", float: "a number", bool: "true or false", str: "text"}.get(kind, "text")


def _limits(option: Option) -> str:
    """Return the range in words: ``between 4 and 1024``, ``at least 1``; empty if there is none."""
    low, above, high = (_shown(number) for number in (option.low, option.above, option.high))
    if option.above is not None:
        return f"greater than {above}" + (f" and at most {high}" if option.high is not None else "")
    if option.low is not None:
        return f"between {low} and {high}" if option.high is not None else f"at least {low}"
    return f"at most {high}" if option.high is not None else ""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(_shown, value))
    if value == 2**63 - 1:
        return "2^63 - 1"
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)
