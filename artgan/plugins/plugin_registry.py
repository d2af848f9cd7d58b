"""What the installed plugins bring, by kind and name, whatever kinds there are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from artgan.errors import UserError, unknown
from artgan.plugins.specs import KINDS, Spec

FIRST_PARTY = "artgan"
"""The distribution that artgan itself is in: its names are never taken away by others."""

S = TypeVar("S", bound=Spec)


@dataclass(slots=True)
class Plugin:
    """One entry point: where it comes from, what it brings, and what is wrong with it, if anything.

    Attributes:
        name, target: of the entry point.
        distribution, version: of the package that has it.
        specs: what it brings, of all kinds.
        problems: why it, or a part of it, doesn't work.
        warnings: what works and should yet be known.
        seconds: that it took to read it, its import included.
        disabled: who switched it off, in words; empty if it is on.
    """

    name: str
    target: str
    distribution: str
    version: str
    specs: list[Spec] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    disabled: str = ""

    @property
    def label(self) -> str:
        """What an error message calls this plugin."""
        return f"'{self.name}' of {self.distribution} {self.version}"

    def is_called(self, name: str) -> bool:
        """Whether ``name`` means this plugin: its own, its distribution's, or ``distribution:name``."""
        owner, colon, own = name.rpartition(":")
        if colon:
            return own == self.name and same_distribution(owner, self.distribution)
        return name == self.name or same_distribution(name, self.distribution)


class Registry:
    """Everything that plugins bring.

    A name is reached as ``name``, and always as ``distribution:name``. If several packages bring it, the bare name is
    the first party's, or nobody's.
    """

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self.plugins = list(plugins)
        self._known: dict[type[Spec], dict[str, Spec]] = {kind: {} for kind in KINDS}
        for kind in KINDS:
            self._gather(kind)

    def of(self, kind: type[S]) -> dict[str, S]:
        """All of a kind, by the shortest name that means it; in the order of distributions and plugins."""
        return cast(dict[str, S], self._known[kind])

    def find(self, kind: type[S], name: str) -> S:
        """The spec of that kind called ``name``, or ``distribution:name``.

        Raises:
            UserError: if there is none (with the nearest match, or what is wrong with a plugin of that name), or if
                several packages bring it.
        """
        known = self.of(kind)
        if name in known:
            return known[name]
        if not name:
            raise UserError(f"No installed {kind.title} is the default, so name one. {kind.hint}")
        owner, colon, bare = name.rpartition(":")
        for plugin in self._owners(kind, bare) if colon else ():
            if same_distribution(owner, plugin.distribution):
                return next(cast(S, spec) for spec in plugin.specs if _is(spec, kind, bare))
        reason = self.why_not(kind, name)
        raise UserError(reason) if reason else unknown(kind.title, name, known, kind.hint)

    def default(self, kind: type[S]) -> str:
        """Return the name of what is taken of that kind where none is named, artgan's own first; empty if nothing is.

        Specs of that kind must have the field ``default``.
        """
        return next((name for name, spec in self.of(kind).items() if getattr(spec, "default", False)), "")

    def name_of(self, spec: Spec) -> str:
        """The shortest name that means ``spec``."""
        return next(name for known in self._known.values() for name, own in known.items() if own is spec)

    def provider(self, spec: Spec) -> Plugin:
        """The plugin that brought ``spec``."""
        return next(plugin for plugin in self.plugins if any(spec is own for own in plugin.specs))

    def why_not(self, kind: type[Spec], name: str) -> str:
        """Why ``name`` can't be found although it means something; empty if it means nothing."""
        owners = self._owners(kind, name)
        if owners:
            choice = " or ".join(_qualified(plugin, name) for plugin in owners)
            return f"Several packages bring a {kind.title} called '{name}': say {choice}."
        for plugin in self.plugins:
            if plugin.is_called(name) and plugin.disabled:
                again = f": `artgan plugins enable {plugin.name}`" if "`" in plugin.disabled else ""
                return f"The plugin {plugin.label} is disabled {plugin.disabled}{again}."
            if plugin.is_called(name) and plugin.problems:
                return f"The plugin {plugin.label} is broken: {plugin.problems[0].rstrip('.')}. See `artgan plugins`."
        return ""

    def _owners(self, kind: type[Spec], name: str) -> list[Plugin]:
        return [plugin for plugin in self.plugins if any(_is(spec, kind, name) for spec in plugin.specs)]

    def _gather(self, kind: type[Spec]) -> None:
        owners: dict[str, list[tuple[Plugin, Spec]]] = {}
        for plugin in self.plugins:
            for spec in [spec for spec in plugin.specs if isinstance(spec, kind)]:
                same = owners.setdefault(spec.name, [])
                if any(same_distribution(plugin.distribution, other.distribution) for other, _ in same):
                    problem = f"{kind.title} '{spec.name}' is brought twice by {plugin.distribution}"
                    plugin.problems += [problem] if problem not in plugin.problems else []
                    plugin.specs[:] = [other for other in plugin.specs if other is not spec]
                else:
                    same.append((plugin, spec))
        for name, found in owners.items():
            for plugin, spec in found:
                mine = len(found) == 1 or same_distribution(plugin.distribution, FIRST_PARTY)
                self._known[kind][name if mine else _qualified(plugin, name)] = spec
                if not mine:
                    others = ", ".join(other.distribution for other, _ in found if other is not plugin)
                    plugin.warnings.append(
                        f"{kind.title} '{name}' is also brought by {others}: this one is {_qualified(plugin, name)}."
                    )


def same_distribution(one: str, other: str) -> bool:
    """Whether two names mean the same distribution: case, ``-``, ``_`` and ``.`` don't count."""
    return _canonical(one) == _canonical(other)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _qualified(plugin: Plugin, name: str) -> str:
    return f"{plugin.distribution}:{name}"


def _is(spec: Spec, kind: type[Spec], name: str) -> bool:
    return isinstance(spec, kind) and spec.name == name
