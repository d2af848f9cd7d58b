"""The names of a new package: what its author typed, and what follows from it."""

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
        name: what its users type: ``soft-hinge``.
        distribution: what they install: ``artgan-soft-hinge``.
        module: what Python imports: ``artgan_soft_hinge``.
        class_name: ``SoftHinge``.
        function: ``soft_hinge``.
    """

    name: str
    distribution: str
    module: str
    class_name: str
    function: str


def names(given: str) -> Names:
    """The names that follow from what the author typed, with or without ``artgan-`` before it.

    Raises:
        UserError: if it can't be a name, with one that can.
    """
    name = given.removeprefix(PREFIX)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        guess = suggestion(name)
        raise UserError(
            f"'{given}' can't be a name: it begins with a lower-case letter and goes on with letters, digits and "
            f"single '-', up to {_LONGEST} in all.{f' How about {guess}?' if guess else ''}"
        )
    function = re.sub(r"[-_]", "_", name)
    class_name = "".join(part.capitalize() for part in function.split("_"))
    return Names(name, PREFIX + name, f"artgan_{function}", _usable(class_name), _usable(function))


def require_free(found: Names, kind: type[Spec], registry: Registry) -> None:
    """Raise :class:`UserError` if another package has the name, or the module's, already."""
    known = registry.of(kind)
    if found.name in known:
        owner = registry.provider(known[found.name])
        if not same_distribution(owner.distribution, found.distribution):
            raise UserError(
                f"There is a {kind.title} called '{found.name}' already, of {owner.distribution}: with two of them "
                f"nobody knows which is meant. How about my-{found.name}?"
            )
    for plugin in registry.plugins:
        if plugin.name == found.name and not same_distribution(plugin.distribution, found.distribution):
            raise UserError(
                f"There is a plugin called '{found.name}' already, of {plugin.distribution}: with two of them "
                f"`artgan plugins disable` can't tell which is meant. How about my-{found.name}?"
            )
    if not _is_installed(found.distribution) and find_spec(found.module):
        raise UserError(f"Python knows another module {found.module} already. How about my-{found.name}?")


def suggestion(text: str) -> str:
    """The valid name most like ``text``; empty if nothing is left of it."""
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
