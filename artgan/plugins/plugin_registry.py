"""The registry: everything that installed plugins provide, by kind and name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from artgan.errors import UserError, unknown
from artgan.plugins.specs import KINDS, Spec

FIRST_PARTY = "artgan"
"""The distribution of artgan itself; other packages can't take its names away."""

S = TypeVar("S", bound=Spec)


@dataclass(slots=True)
class Plugin:
    """An entry point: its origin, what it provides, and what is wrong with it, if anything.

    Attributes:
        name, target: name and target of the entry point.
        distribution, version: name and version of the package.
        specs: what it provides, of all kinds.
        problems: reasons why it, or a part of it, doesn't work.
        warnings: remarks about what works, but not as expected.
        seconds: time to import and read it.
        disabled: what disabled it, in words; empty if it is enabled.
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
        """The plugin's name in error messages."""
        return f"'{self.name}' of {self.distribution} {self.version}"

    def is_called(self, name: str) -> bool:
        """Return whether ``name`` means this plugin: its name, its distribution's, or ``distribution:name``."""
        owner, colon, own = name.rpartition(":")
        if colon:
            return own == self.name and same_distribution(owner, self.distribution)
        return name == self.name or same_distribution(name, self.distribution)


class Registry:
    """Everything that plugins provide.

    ``distribution:name`` always works, and so does the bare ``name`` unless several packages provide it; then the bare
    name means artgan's own, or nothing.
    """

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self.plugins = list(plugins)
        self._known: dict[type[Spec], dict[str, Spec]] = {kind: {} for kind in KINDS}
        for kind in KINDS:
            self._gather(kind)

    def of(self, kind: type[S]) -> dict[str, S]:
        """Return all specs of a kind by their shortest unambiguous name, ordered by distribution and plugin."""
        return cast(dict[str, S], self._known[kind])

    def find(self, kind: type[S], name: str) -> S:
        """Return the spec of ``kind`` called ``name``, which may be ``distribution:name``.

        Raises:
            UserError: if there is none (with the nearest match, or what is wrong with a plugin of that name), or if
                several packages provide it.
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
        """Return the shortest unambiguous name of ``spec``."""
        return next(name for known in self._known.values() for name, own in known.items() if own is spec)

    def provider(self, spec: Spec) -> Plugin:
        """Return the plugin that provides ``spec``."""
        return next(plugin for plugin in self.plugins if any(spec is own for own in plugin.specs))

    def why_not(self, kind: type[Spec], name: str) -> str:
        """Return why ``name`` can't be found although something has that name; empty if nothing does."""
        owners = self._owners(kind, name)
        if owners:
            choice = " or ".join(_qualified(plugin, name) for plugin in owners)
            return f"Several packages provide a {kind.title} called '{name}': use {choice}."
        for plugin in self.plugins:
            if plugin.is_called(name) and plugin.disabled:
                remedy = f": `artgan plugins enable {plugin.name}`" if "`" in plugin.disabled else ""
                return f"The plugin {plugin.label} is disabled {plugin.disabled}{remedy}."
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
                    problem = f"{plugin.distribution} provides {kind.title} '{spec.name}' twice"
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
                        f"{kind.title} '{name}' is also provided by {others}: use {_qualified(plugin, name)} for this "
                        "one."
                    )


def same_distribution(one: str, other: str) -> bool:
    """Return whether two names mean the same distribution: case, ``-``, ``_`` and ``.`` don't matter."""
    return _canonical(one) == _canonical(other)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _qualified(plugin: Plugin, name: str) -> str:
    return f"{plugin.distribution}:{name}"


def _is(spec: Spec, kind: type[Spec], name: str) -> bool:
    return isinstance(spec, kind) and spec.name == name
