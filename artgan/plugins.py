"""Finds plugins, asks them what they bring, and keeps the broken ones from breaking anything else.

Each entry point of the group ``artgan`` is a plugin. A plugin that can't be imported, that yields something
malformed or that claims a name already taken is remembered with its cause; all others go on working.
"""

import functools
from collections.abc import Callable, Iterable
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
        found = spec.load()
    except Exception as error:
        owner = registry().provider(spec).label
        raise ArtganError(
            f"The {spec.kind} '{spec.name}' (plugin {owner}) can't be loaded: {_cause(error)}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, base)):
        owner = registry().provider(spec).label
        raise ArtganError(
            f"The {spec.kind} '{spec.name}' (plugin {owner}) is no subclass of artgan.{base.__name__}."
        )
    return found


@functools.cache
def registry() -> Registry:
    """The installed plugins, read once a process."""
    return build(entry_points(group=GROUP))


def build(points: Iterable[EntryPoint]) -> Registry:
    """A registry of these entry points. Never raises for what a plugin does."""
    manager = pluggy.PluginManager("artgan")
    manager.add_hookspecs(hookspecs)
    built = Registry([], {}, {})
    # First-party plugins are read in the same order as anyone's: by distribution, then by name.
    for point in sorted(points, key=lambda p: (_distribution(p)[0], p.name)):
        plugin = Plugin(point.name, point.value, *_distribution(point))
        built.plugins.append(plugin)
        try:
            implementation = point.load()
            manager.register(implementation, name=f"{plugin.distribution}:{point.name}")
            manager.check_pending()
        # A plugin may even call sys.exit() when imported; only the user's Ctrl-C passes.
        except (Exception, SystemExit) as error:
            plugin.problems.append(_cause(error))
            continue
        _collect(plugin, implementation, "artgan_models", ModelSpec, built.models, plugin.models)
        _collect(plugin, implementation, "artgan_datasets", DatasetSpec, built.datasets, plugin.datasets)
        if not (plugin.models or plugin.datasets or plugin.problems):
            plugin.problems.append("it implements no hook of artgan (is @artgan.hookimpl missing?)")
    return built


def _collect(
    plugin: Plugin, implementation: Any, hook: str, kind: type[S], known: dict[str, S], own: list[S]
) -> None:
    function: Callable[[], Iterable[Any]] | None = getattr(implementation, hook, None)
    if function is None or not hasattr(function, "artgan_impl"):
        return
    try:
        for spec in function() or ():
            if not isinstance(spec, kind):
                plugin.problems.append(f"{hook} yielded {spec!r}, not a {kind.__name__}")
            elif spec.name in known:
                plugin.problems.append(f"{spec.kind} '{spec.name}' exists already and keeps its first owner")
            else:
                known[spec.name] = spec
                own.append(spec)
    except (Exception, SystemExit) as error:
        plugin.problems.append(f"{hook} failed: {_cause(error)}")


def _pick(kind: str, name: str, known: dict[str, S], plugins: list[Plugin], hint: str) -> S:
    if name in known:
        return known[name]
    for plugin in plugins:
        if plugin.name == name and plugin.problems:
            raise UserError(f"The plugin {plugin.label} is broken: {plugin.problems[0]} See `artgan plugins`.")
    raise unknown(kind, name, known, hint)


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "?")


def _cause(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
