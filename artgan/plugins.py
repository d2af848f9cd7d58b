"""Finds plugins, asks them what they bring, and keeps the broken ones from breaking anything else.

Each entry point of the group ``artgan`` is a plugin. A plugin that can't be imported, that yields something
malformed or that claims a name already taken is remembered with its cause; all others go on working.
"""

import contextlib
import functools
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from artgan import hookspecs
from artgan.errors import ArtganError, UserError, unknown
from artgan.specs import DatasetSpec, ModelSpec, Spec

GROUP = "artgan"

S = TypeVar("S", bound=Spec)


@dataclass(slots=True)
class Plugin:
    """One entry point: where it comes from, what it brings, and what is wrong with it, if anything."""

    name: str
    target: str
    distribution: str
    version: str
    models: list[ModelSpec] = field(default_factory=list)
    datasets: list[DatasetSpec] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What an error message calls this plugin."""
        return f"'{self.name}' of {self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that the installed plugins bring, in the order of their names."""

    plugins: list[Plugin]
    models: dict[str, ModelSpec]
    datasets: dict[str, DatasetSpec]

    def model(self, name: str) -> ModelSpec:
        """The spec of a model. Raises :class:`UserError` with the nearest match if there is none."""
        return _pick("model", name, self.models, self.plugins, "`artgan models` lists them.")

    def dataset(self, name: str) -> DatasetSpec:
        """The spec of a data set. Raises :class:`UserError` with the nearest match if there is none."""
        return _pick(
            "data set",
            name,
            self.datasets,
            self.plugins,
            "`artgan datasets` lists them; a folder needs a path such as ./pictures.",
        )

    def provider(self, spec: Spec) -> Plugin:
        """The plugin that brought ``spec``."""
        return next(p for p in self.plugins if any(spec is own for own in (*p.models, *p.datasets)))


def load_class(spec: Spec, base: type) -> type:
    """The class of ``spec``, checked to be a subclass of ``base``.

    Raises:
        ArtganError: if it can't be imported or is something else, naming the plugin and the cause.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            found = spec.load()
    except Exception as error:
        owner = registry().provider(spec).label
        raise ArtganError(f"The {spec.kind} '{spec.name}' (plugin {owner}) can't be loaded: {_cause(error)}") from error
    if not (isinstance(found, type) and issubclass(found, base)):
        owner = registry().provider(spec).label
        raise ArtganError(f"The {spec.kind} '{spec.name}' (plugin {owner}) is no subclass of artgan.{base.__name__}.")
    return found


@functools.cache
def registry() -> Registry:
    """The installed plugins, read once a process."""
    return build(entry_points(group=GROUP))


def build(points: Iterable[EntryPoint]) -> Registry:
    """A registry of these entry points. Never raises for what a plugin does."""
    built = Registry([], {}, {})
    origins: dict[int, tuple[str, str]] = {}
    # First-party plugins are read in the same order as anyone's: by distribution, then by name.
    found = sorted(((_origin(point, origins), point) for point in points), key=lambda p: (p[0][0], p[1].name))
    for origin, point in found:
        plugin = Plugin(point.name, point.value, *origin)
        built.plugins.append(plugin)
        # What a plugin prints when imported must not end up in the output of --json.
        with contextlib.redirect_stdout(sys.stderr):
            _read(plugin, point, built)
    return built


def _read(plugin: Plugin, point: EntryPoint, built: Registry) -> None:
    # A manager for each plugin, so that a hook that doesn't exist is held against its own plugin only.
    manager = pluggy.PluginManager("artgan")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(point.load())
        manager.check_pending()
    except KeyboardInterrupt:
        raise
    # A plugin may even call sys.exit() when imported; only the user's Ctrl-C passes.
    except BaseException as error:
        plugin.problems.append(_cause(error))
        return
    _collect(plugin, manager, "artgan_models", ModelSpec, built.models, plugin.models)
    _collect(plugin, manager, "artgan_datasets", DatasetSpec, built.datasets, plugin.datasets)
    if not (plugin.models or plugin.datasets or plugin.problems):
        implements = any(hook.get_hookimpls() for hook in vars(manager.hook).values())
        plugin.problems.append(
            "its hooks yield nothing"
            if implements
            else "it implements no hook of artgan (is @artgan.hookimpl missing?)"
        )


def _collect(
    plugin: Plugin, manager: pluggy.PluginManager, hook: str, kind: type[S], known: dict[str, S], own: list[S]
) -> None:
    try:
        for specs in getattr(manager.hook, hook)():
            for spec in specs:
                if not isinstance(spec, kind):
                    plugin.problems.append(f"{hook} yielded {_short(spec)}, not a {kind.__name__}")
                elif spec.name in known:
                    plugin.problems.append(f"{spec.kind} '{spec.name}' exists already and keeps its first owner")
                else:
                    known[spec.name] = spec
                    own.append(spec)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        plugin.problems.append(f"{hook} failed: {_cause(error)}")


def _pick(kind: str, name: str, known: dict[str, S], plugins: list[Plugin], hint: str) -> S:
    if name in known:
        return known[name]
    for plugin in plugins:
        if plugin.name == name and plugin.problems:
            raise UserError(f"The plugin {plugin.label} is broken: {plugin.problems[0]} See `artgan plugins`.")
    raise unknown(kind, name, known, hint)


def _origin(point: EntryPoint, known: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """Name and version of the distribution; its metadata is a file to parse, so each is read once."""
    if point.dist is None:
        return "unknown", "?"
    key = id(point.dist)
    if key not in known:
        try:
            metadata = point.dist.metadata
            known[key] = (metadata["Name"] or "unknown", metadata["Version"] or "?")
        except Exception:  # a broken installation
            known[key] = ("unknown", "?")
    return known[key]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _cause(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
