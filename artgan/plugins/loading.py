"""Finds plugins, asks them what they bring, and keeps the broken ones from breaking anything else.

Each entry point of the group ``artgan`` is a plugin. One that can't be imported or that yields something malformed is
remembered with its cause; all others go on working.
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
"""A hook that yields more than this never ends."""


_READING = threading.Lock()


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


def owner_of(found: type) -> Plugin | None:
    """The plugin that brought a class; None if it is nobody's."""
    place = f"{found.__module__}:{found.__qualname__}"
    for plugin in registry().plugins:
        if any(spec.target in (found, place) for spec in plugin.specs):
            return plugin
    return None


@functools.cache
def registry() -> Registry:
    """The installed plugins, read once a process."""
    from artgan.plugins.disabled import disabled

    with _READING:  # several threads may ask first, and stdout is one for all
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
    found = sorted(
        ((_origin(point, origins), point) for point in points),
        # The first party's first: who is installed beside it doesn't change what `--data ./pictures` means.
        key=lambda found: (found[0][0] != FIRST_PARTY, found[0][0], found[1].name),
    )
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
        own = point.value.partition(":")[0].strip()
        if isinstance(error, ModuleNotFoundError) and error.name and f"{own}.".startswith(f"{error.name}."):
            plugin.problems.append(f"its module {own} isn't there: install the package again")
        else:
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
    # Compared without what all have in common, which would make any two look alike.
    known = {kind.hook.removeprefix("artgan_"): kind.hook for kind in KINDS}
    guesses = difflib.get_close_matches(name.removeprefix("artgan_"), known, n=1, cutoff=0.7)
    if guesses:
        return f"there is no hook {name}: is {known[guesses[0]]} meant?"
    return f"there is no hook {name} in this artgan: it is made for a newer one, or the name is wrong"


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
    if isinstance(error, ArtganError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
