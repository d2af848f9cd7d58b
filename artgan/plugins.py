"""Finds plugins, asks them what they bring, and keeps the broken ones from breaking anything else.

Each entry point of the group ``artgan`` is a plugin. One that can't be imported or that yields something malformed is
remembered with its cause; all others go on working.
"""

import contextlib
import functools
import sys
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from importlib.metadata import EntryPoint, distributions, entry_points
from itertools import islice
from typing import Any, TypeVar

import pluggy

from artgan import hookspecs
from artgan.errors import ArtganError, nearest
from artgan.registry import Plugin, Registry
from artgan.specs import API, KINDS, OLDEST_API, Spec

T = TypeVar("T")

GROUP = "artgan"
SLOW_SECONDS = 1.0
MOST_SPECS = 1000
"""A hook that yields more than this never ends."""


class PluginWarning(UserWarning):
    """Something about a plugin that its user should know."""


def load(spec: Spec) -> Any:
    """The target of ``spec``. Raises :class:`ArtganError` if it can't be imported, naming the plugin and the cause."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return spec.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ArtganError(f"The {describe(spec)} can't be loaded: {cause(error)}") from error


def load_class(spec: Spec, base: type[T]) -> type[T]:
    """The class of ``spec``, checked to be a subclass of ``base``.

    Raises:
        ArtganError: if it can't be imported or is something else, naming the plugin and the cause.
    """
    found = load(spec)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ArtganError(f"The {describe(spec)} is no subclass of artgan.{base.__name__}.")
    return found


def describe(spec: Spec) -> str:
    """What an error message calls what a plugin brings, and the plugin."""
    owner = next((plugin for plugin in registry().plugins if any(spec is own for own in plugin.specs)), None)
    return f"{spec.title} '{spec.name}'{f' (plugin {owner.label})' if owner else ''}"


@functools.cache
def registry() -> Registry:
    """The installed plugins, read once a process."""
    from artgan.switches import disabled

    points, unreadable = _entry_points()
    built = build(points, disabled())
    built.plugins.extend(unreadable)
    for plugin in built.plugins:
        if plugin.seconds > SLOW_SECONDS:
            warnings.warn(
                f"The plugin {plugin.label} took {plugin.seconds:.1f} s to import, which every command waits for; "
                f"`artgan plugins disable {plugin.name}` switches it off.",
                PluginWarning,
                stacklevel=2,
            )
    return built


def build(points: Iterable[EntryPoint], disabled: Collection[tuple[str, str]] = ()) -> Registry:
    """A registry of these entry points. Never raises for what a plugin does.

    Args:
        disabled: names of plugins or distributions that aren't imported, and who switched them off, in words.
    """
    plugins = []
    origins: dict[int, tuple[str, str]] = {}
    manager = pluggy.PluginManager("artgan")
    manager.add_hookspecs(hookspecs)
    # First-party plugins are read in the same order as anyone's: by distribution, then by name.
    found = sorted(((_origin(point, origins), point) for point in points), key=lambda p: (p[0][0], p[1].name))
    for origin, point in found:
        plugin = Plugin(point.name, point.value, *origin)
        plugins.append(plugin)
        plugin.disabled = next((by for name, by in disabled if plugin.is_called(name)), "")
        if plugin.disabled:
            continue
        began = time.perf_counter()
        # What a plugin prints when imported must not end up in the output of --json.
        with contextlib.redirect_stdout(sys.stderr):
            _read(plugin, point, manager)
        plugin.seconds = time.perf_counter() - began
        if plugin.seconds > SLOW_SECONDS:
            plugin.warnings.append(f"It takes {plugin.seconds:.1f} s to import: name classes as 'module:Class'.")
    return Registry(plugins)


def _read(plugin: Plugin, point: EntryPoint, manager: pluggy.PluginManager) -> None:
    brought: Any = None
    try:
        if point.pattern.match(point.value) is None:
            raise ValueError(f"the entry point '{point.value}' should read 'module' or 'module:object'")
        brought = point.load()
        manager.register(brought)
        hooks = [name for name, hook in vars(manager.hook).items() if _implemented(hook, brought)]
        plugin.problems += [_unknown_hook(name) for name in hooks if not getattr(manager.hook, name).has_spec()]
        for kind in KINDS:
            if kind.hook in hooks:
                _collect(plugin, manager, kind)
        if not hooks:
            plugin.problems.append("it implements no hook of artgan (is @artgan.hookimpl missing?)")
        elif not (plugin.specs or plugin.problems):
            plugin.problems.append("its hooks yield nothing")
    except KeyboardInterrupt:
        raise
    # A plugin may even call sys.exit() when imported; only the user's Ctrl-C passes.
    except BaseException as error:
        plugin.problems.append(cause(error))
    finally:
        # One manager serves all, and each plugin is alone in it: what one does wrong is held against itself only.
        if brought is not None and manager.is_registered(brought):
            manager.unregister(brought)


def _implemented(hook: Any, brought: Any) -> bool:
    return isinstance(hook, pluggy.HookCaller) and any(
        own.plugin is brought and not own.optionalhook for own in hook.get_hookimpls()
    )


def _unknown_hook(name: str) -> str:
    guess = nearest(name, [kind.hook for kind in KINDS])
    if guess:
        return f"there is no hook {name}: is {guess} meant?"
    return f"there is no hook {name} in this artgan: it is made for a newer one, or the name is wrong"


def _collect(plugin: Plugin, manager: pluggy.PluginManager, kind: type[Spec]) -> None:
    try:
        for specs in getattr(manager.hook, kind.hook)():
            for spec in _limited(specs):
                problem = _refuse(spec, kind)
                if problem:
                    plugin.problems.append(problem)
                else:
                    plugin.specs.append(spec)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        plugin.problems.append(f"{kind.hook} failed: {cause(error)}")


def _limited(specs: Any) -> Iterator[Any]:
    found = iter(specs)
    yield from islice(found, MOST_SPECS)
    if next(found, None) is not None:
        raise ValueError(f"it yields more than {MOST_SPECS} specs")


def _refuse(spec: Any, kind: type[Spec]) -> str:
    """Why this isn't one of its kind; empty if it is."""
    if not isinstance(spec, kind):
        advice = f" (that is for {spec.hook})" if isinstance(spec, Spec) and spec.hook else ""
        return f"{kind.hook} yielded {_short(spec)}, not a {kind.__name__}{advice}"
    if spec.api > API:
        return (
            f"{kind.title} '{spec.name}' is written for plugin API {spec.api}, and this artgan has {API}: "
            "install a newer artgan, or an older version of the plugin"
        )
    if spec.api < OLDEST_API:
        return (
            f"{kind.title} '{spec.name}' is written for plugin API {spec.api}, and this artgan understands "
            f"{OLDEST_API} to {API}: install a newer version of the plugin"
        )
    return ""


def _entry_points() -> tuple[list[EntryPoint], list[Plugin]]:
    """All entry points, and packages whose own can't be read as plugins that say so."""
    try:
        return list(entry_points(group=GROUP)), []
    except Exception:  # one damaged file is enough; look for it
        points, unreadable, seen = [], [], set()
        for distribution in distributions():
            name = "unknown"
            try:
                name = distribution.metadata["Name"] or name
                if name not in seen:  # of two installations, the first on the path counts
                    points += [point for point in distribution.entry_points if point.group == GROUP]
                seen.add(name)
            except Exception as error:
                place = getattr(distribution, "_path", "")
                problem = f"its entry_points.txt can't be read ({cause(error)}): install the package again"
                unreadable.append(Plugin(name, str(place), name, "?", problems=[problem]))
        return points, unreadable


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
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:79] + "…"


def cause(error: BaseException) -> str:
    """An exception in one line."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        text += "; install it next to artgan"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
