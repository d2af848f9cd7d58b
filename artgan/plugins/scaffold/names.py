"""Derive all names of a new package from the name that its author typed."""

import keyword
import re
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec

from artgan.errors import UserError
from artgan.plugins.plugin_registry import Registry, same_distribution
from artgan.plugins.specs import Spec

PREFIX = "artgan-"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Names:
    """All names of a package.

    Attributes:
        name: the name that users type: ``soft-hinge``.
        distribution: the package that they install: ``artgan-soft-hinge``.
        module: the module that Python imports: ``artgan_soft_hinge``.
        class_name: the name of its class: ``SoftHinge``.
        function: the name of its function: ``soft_hinge``.
    """

    name: str
    distribution: str
    module: str
    class_name: str
    function: str


def names(given: str) -> Names:
    """Derive the names from what the author typed, with or without the prefix ``artgan-``.

    Raises:
        UserError: if the name is invalid; the message suggests a valid one.
    """
    name = given.removeprefix(PREFIX)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        guess = suggestion(name)
        raise UserError(
            f"'{given}' isn't a valid name: start with a lower-case letter, then use lower-case letters, digits and "
            f"single '-', at most {_LONGEST} characters in all.{f' How about {guess}?' if guess else ''}"
        )
    function = re.sub(r"[-_]", "_", name)
    class_name = "".join(part.capitalize() for part in function.split("_"))
    return Names(name, PREFIX + name, f"artgan_{function}", _usable(class_name), _usable(function))


def require_free(found: Names, kind: type[Spec], registry: Registry) -> None:
    """Raise :class:`UserError` if another package already uses the name, or the module's name."""
    known = registry.of(kind)
    if found.name in known:
        owner = registry.provider(known[found.name])
        if not same_distribution(owner.distribution, found.distribution):
            raise UserError(
                f"{owner.distribution} already has a {kind.title} called '{found.name}', and two with the same name "
                f"would be ambiguous. How about my-{found.name}?"
            )
    for plugin in registry.plugins:
        if plugin.name == found.name and not same_distribution(plugin.distribution, found.distribution):
            raise UserError(
                f"{plugin.distribution} already has a plugin called '{found.name}', and `artgan plugins disable` can't "
                f"tell two with the same name apart. How about my-{found.name}?"
            )
    if not _is_installed(found.distribution) and find_spec(found.module):
        raise UserError(f"Another module called {found.module} already exists. How about my-{found.name}?")


def suggestion(text: str) -> str:
    """Return the valid name closest to ``text``; empty if nothing remains of it."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower()
    words = re.sub(r"[^a-z0-9]+", "-", words).strip("-").removeprefix(PREFIX)
    return re.sub(r"^[^a-z]+", "", words)[:_LONGEST].rstrip("-")


def _usable(identifier: str) -> str:
    return f"{identifier}_" if keyword.iskeyword(identifier) else identifier


def _is_installed(distribution: str) -> bool:
    try:
        return bool(metadata.version(distribution))
    except metadata.PackageNotFoundError:
        return False
