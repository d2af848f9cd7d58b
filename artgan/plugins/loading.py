"""Find plugins, ask them what they provide, and keep broken ones from breaking anything else.

Each entry point of the group ``artgan`` is a plugin. If one can't be imported or yields something malformed, the cause
is recorded, and all others still work.
"""

import contextlib
import difflib
import functools
import sys
import threading
import time
import warnings
from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint, distributions, entry_points
from typing import Any, TypeVar

import pluggy

from artgan.errors import ArtganError
from artgan.plugins import hookspecs
from artgan.plugins.plugin_registry import FIRST_PARTY, Plugin, Registry
from artgan.plugins.specs import API, KINDS, OLDEST_API, Spec

T = TypeVar("T")

GROUP = "artgan"
SLOW_SECONDS = 1.0
MOST_SPECS = 1000
"""A hook that yields more specs than this is considered endless."""


_READING = threading.Lock()


class PluginWarning(UserWarning):
    """A warning about a plugin."""


def load(spec: Spec) -> Any:
    """Import the target of ``spec``. Raises :class:`ArtganError` on failure, naming the plugin and the cause."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return spec.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise ArtganError(f"The {describe(spec)} can't be loaded: {cause(error)}") from error


def load_class(spec: Spec, base: type[T]) -> type[T]:
    """Import the class of ``spec``.

    Raises:
        ArtganError: if it can't be imported or isn't a subclass of ``base``, naming the plugin and the cause.
    """
    found = load(spec)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ArtganError(f"The {describe(spec)} isn't a subclass of artgan.{base.__name__}.")
    return found


def describe(spec: Spec) -> str:
    """Return the title and name of ``spec`` for error messages, with its plugin."""
    owner = next((plugin for plugin in registry().plugins if any(spec is own for own in plugin.specs)), None)
    return f"{spec.title} '{spec.name}'{f' (plugin {owner.label})' if owner else ''}"


def owner_of(found: type) -> Plugin | None:
    """Return the plugin that provides a class, or None if no plugin does."""
    place = f"{found.__module__}:{found.__qualname__}"
    for plugin in registry().plugins:
        if any(spec.target in (found, place) for spec in plugin.specs):
            return plugin
    return None


@functools.cache
def registry() -> Registry:
    """Return the installed plugins, which are read once per process."""
    from artgan.plugins.disabled import disabled

    with _READING:  # the first call may come from several threads, which share stdout
        points, unreadable = _entry_points()
        built = build(points, disabled())
    built.plugins.extend(unreadable)
    for plugin in built.plugins:
        if plugin.seconds > SLOW_SECONDS:
            warnings.warn(
                f"The plugin {plugin.label} took {plugin.seconds:.1f} s to import, and every command waits for it; "
                f"`artgan plugins disable {plugin.name}` disables it.",
                PluginWarning,
                stacklevel=2,
            )
    return built


def build(points: Iterable[EntryPoint], disabled: Collection[tuple[str, str]] = ()) -> Registry:
    """Build a registry of entry points. It never raises for anything that a plugin does.

    Args:
        points: the entry points.
        disabled: names of plugins or distributions not to import, each with what disabled it, in words.
    """
    plugins = []
    origins: dict[int, tuple[str, str]] = {}
    manager = pluggy.PluginManager("artgan")
    manager.add_hookspecs(hookspecs)
    found = sorted(
        ((_origin(point, origins), point) for point in points),
        # artgan's own come first, so that other packages don't change what `--data ./pictures` means.
        key=lambda found: (found[0][0] != FIRST_PARTY, found[0][0], found[1].name),
    )
    for origin, point in found:
        plugin = Plugin(point.name, point.value, *origin)
        plugins.append(plugin)
        plugin.disabled = next((by for name, by in disabled if plugin.is_called(name)), "")
        if plugin.disabled:
            continue
        began = time.perf_counter()
        # Plugins that print during import must not spoil the output of --json.
        with contextlib.redirect_stdout(sys.stderr):
            _read(plugin, point, manager)
        plugin.seconds = time.perf_counter() - began
        if plugin.seconds > SLOW_SECONDS:
            plugin.warnings.append(
                f"It takes {plugin.seconds:.1f} s to import: give targets as 'module:Class', so that they load lazily."
            )
    return Registry(plugins)


def _read(plugin: Plugin, point: EntryPoint, manager: pluggy.PluginManager) -> None:
    brought: Any = None
    try:
        if point.pattern.match(point.value) is None:
            raise ValueError(f"the entry point '{point.value}' should be 'module' or 'module:object'")
        brought = point.load()
        manager.register(brought)
        hooks = [name for name, hook in vars(manager.hook).items() if _implemented(hook, brought)]
        plugin.problems += [_unknown_hook(name) for name in hooks if not getattr(manager.hook, name).has_spec()]
        for kind in KINDS:
            if kind.hook in hooks:
                _collect(plugin, manager, kind)
        if not hooks:
            plugin.problems.append("it doesn't implement any of artgan's hooks (is @artgan.hookimpl missing?)")
        elif not (plugin.specs or plugin.problems):
            plugin.problems.append("its hooks don't yield anything")
    except KeyboardInterrupt:
        raise
    # A plugin may even call sys.exit() when imported; only the user's Ctrl-C passes.
    except BaseException as error:
        own = point.value.partition(":")[0].strip()
        if isinstance(error, ModuleNotFoundError) and error.name and f"{own}.".startswith(f"{error.name}."):
            plugin.problems.append(f"its module {own} is missing: reinstall the package")
        else:
            plugin.problems.append(cause(error))
    finally:
        # The manager is shared, but holds one plugin at a time, so that mistakes are attributed to the right one.
        if brought is not None and manager.is_registered(brought):
            manager.unregister(brought)


def _implemented(hook: Any, brought: Any) -> bool:
    return isinstance(hook, pluggy.HookCaller) and any(
        own.plugin is brought and not own.optionalhook for own in hook.get_hookimpls()
    )


def _unknown_hook(name: str) -> str:
    # Compare without the common prefix, which would make any two hooks look alike.
    known = {kind.hook.removeprefix("artgan_"): kind.hook for kind in KINDS}
    guesses = difflib.get_close_matches(name.removeprefix("artgan_"), known, n=1, cutoff=0.7)
    if guesses:
        return f"there is no hook {name}: did you mean {known[guesses[0]]}?"
    return f"this artgan has no hook {name}: the plugin needs a newer artgan, or the name is wrong"


def _collect(plugin: Plugin, manager: pluggy.PluginManager, kind: type[Spec]) -> None:
    found: list[Any] = []
    try:
        for specs in getattr(manager.hook, kind.hook)():
            for spec in specs:
                found.append(spec)
                if len(found) > MOST_SPECS:
                    found.clear()
                    raise ValueError(f"it yields more than {MOST_SPECS} specs")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        plugin.problems.append(f"{kind.hook} failed: {cause(error)}")
    refused = [(spec, _refuse(spec, kind)) for spec in found]
    plugin.specs += [spec for spec, problem in refused if not problem]
    plugin.problems[:0] = [problem for _, problem in refused if problem]


def _refuse(spec: Any, kind: type[Spec]) -> str:
    """Return why ``spec`` isn't a valid spec of ``kind``; empty if it is."""
    if not isinstance(spec, kind):
        advice = f" (that is for {spec.hook})" if isinstance(spec, Spec) and spec.hook else ""
        return f"{kind.hook} yielded {_short(spec)} instead of a {kind.__name__}{advice}"
    if spec.api > API:
        return (
            f"{kind.title} '{spec.name}' was written for plugin API {spec.api}, but this artgan has {API}: "
            "install a newer artgan, or an older version of the plugin"
        )
    if spec.api < OLDEST_API:
        return (
            f"{kind.title} '{spec.name}' was written for plugin API {spec.api}, but this artgan supports {OLDEST_API} "
            f"to {API}: install a newer version of the plugin"
        )
    return ""


def _entry_points() -> tuple[list[EntryPoint], list[Plugin]]:
    """Return all entry points, and a broken plugin for each package whose entry points can't be read."""
    try:
        return list(entry_points(group=GROUP)), []
    except Exception:  # one damaged file is enough: read packages one by one to find it
        points, unreadable, seen = [], [], set()
        for distribution in distributions():
            name = "unknown"
            try:
                name = distribution.metadata["Name"] or name
                if name not in seen:  # the first of several installations on the path counts
                    points += [point for point in distribution.entry_points if point.group == GROUP]
                seen.add(name)
            except Exception as error:
                place = getattr(distribution, "_path", "")
                problem = f"its entry_points.txt can't be read ({cause(error)}): reinstall the package"
                unreadable.append(Plugin(name, str(place), name, "?", problems=[problem]))
        return points, unreadable


def _origin(point: EntryPoint, known: dict[int, tuple[str, str]]) -> tuple[str, str]:
    """Return the distribution's name and version; they are cached, because its metadata is a file to parse."""
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
    """Return an exception as one line."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        text += "; install it alongside artgan"
    if isinstance(error, ArtganError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
