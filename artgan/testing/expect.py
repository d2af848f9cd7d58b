"""Helpers of all checks: failing with a clear message, and finding the class to check."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, get_args

from artgan.errors import ArtganError, UserError
from artgan.plugins.loading import load_class, registry
from artgan.plugins.options import Options, describe, resolve
from artgan.plugins.specs import Spec

T = TypeVar("T")


class Unchecked(Exception):
    """A check couldn't be run, with the reason, such as a missing GPU. It has neither failed nor passed."""


def expect(condition: object, message: str) -> None:
    """Raise :class:`AssertionError` with ``message`` unless ``condition`` is true."""
    if not condition:
        raise AssertionError(message)


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turn any exception raised inside into a failed check that names ``what`` was called."""
    try:
        yield
    except (AssertionError, Unchecked):
        raise
    except ArtganError as error:
        raise AssertionError(f"{what}: {error}") from error
    except Exception as error:
        raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error


def find_class(plugin: str | type[T], base: type[Any], kind: type[Spec]) -> type[T]:
    """Return the class itself, or the class of the installed plugin of that kind and name."""
    if isinstance(plugin, str):
        with calling(f"Loading the {kind.title} '{plugin}'"):
            found: type[T] = load_class(registry().find(kind, plugin), base)
            return found
    expect(
        isinstance(plugin, type) and issubclass(plugin, base),
        f"{plugin!r} isn't a subclass of artgan.{base.__name__}.",
    )
    return plugin


def make_options(kind: Any, values: Mapping[str, Any] | None) -> Options:
    """Return the validated options of a class, checked to be described and to survive being stored in a run."""
    name = kind.__name__
    expect(
        isinstance(kind.Options, type) and issubclass(kind.Options, Options),
        f"{name}.Options isn't a subclass of artgan.Options.",
    )
    for option in describe(kind.Options):
        expect(
            option.description,
            f"The option '{option.name}' of {name} has no description, so help pages couldn't explain it.",
        )
    with calling(f"{name}.Options of {dict(values or {})}"):
        options: Options = resolve(kind.Options, values or {}, name)
    with calling(f"Storing the options of {name} as JSON"):
        again = resolve(kind.Options, json.loads(options.model_dump_json()), name)
    expect(again == options, f"The options of {name} don't survive JSON: {options!r} came back as {again!r}.")
    return options


def refuse_nonsense(kind: Any) -> None:
    """Check that numeric options refuse anything else, with a :class:`UserError`."""
    name, value = kind.__name__, "nonsense"
    for key in (key for key, field in kind.Options.model_fields.items() if _is_number(field.annotation)):
        try:
            resolve(kind.Options, {key: value}, name)
        except UserError:
            continue
        except Exception as error:
            raise AssertionError(
                f"{name} answers the option {key}={value!r} with {type(error).__name__}: {error}"
            ) from error
        raise AssertionError(f"{name} accepts the option {key}={value!r} without an error.")


def _is_number(annotation: Any) -> bool:
    kinds = get_args(annotation) or (annotation,)
    return all(kind in (int, float, bool, type(None)) for kind in kinds)
