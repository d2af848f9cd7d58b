"""Disable plugins: through the environment, or permanently through the configuration folder."""

import json
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from artgan.errors import UserError, unknown
from artgan.plugins.plugin_registry import Registry
from artgan.util import paths

VARIABLE = "ARTGAN_DISABLE"


def disabled() -> list[tuple[str, str]]:
    """Return names of disabled plugins or distributions, each with what disabled it, in words."""
    saved = [(name, "by `artgan plugins disable`") for name in disabled_permanently()]
    return [(name, f"by {VARIABLE}") for name in _in_environment()] + saved


def disabled_permanently() -> list[str]:
    """Return the names in the configuration folder. A damaged file counts as empty, with a warning."""
    path = _file()
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["disabled"]
        return sorted({name for name in names if isinstance(name, str)})
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        warnings.warn(f"{path} can't be read, so it disables no plugins: delete it.", UserWarning, stacklevel=2)
        return []


def disable(name: str, known: Registry) -> bool:
    """Disable a plugin or a distribution permanently, and return whether it was enabled.

    Raises:
        UserError: if the name is unknown (with the nearest match), or means plugins of several packages.
        ArtganError: if the configuration can't be written.
    """
    plugins = known.plugins
    if not any(plugin.is_called(name) for plugin in plugins):
        names = dict.fromkeys(word for plugin in plugins for word in (plugin.name, plugin.distribution))
        raise unknown("plugin", name, names, "`artgan plugins` lists them.")
    owners = dict.fromkeys(plugin.distribution for plugin in plugins if plugin.is_called(name))
    if len(owners) > 1:
        which = " or ".join(f"{owner}:{name}" for owner in owners)
        raise UserError(f"{len(owners)} plugins are called {name}: use {which}.")
    before = disabled_permanently()
    _save([*before, name])
    return name not in before


def enable(name: str, known: Registry) -> bool:
    """Enable a plugin or a distribution again, and return whether it was disabled.

    Raises:
        UserError: as :func:`disable`, or if it is disabled by the environment or together with its distribution.
        ArtganError: if the configuration can't be written.
    """
    off = disabled_permanently()
    if name in off:
        _save(other for other in off if other != name)
        return True
    if name in _in_environment():
        raise UserError(f"{name} is disabled by {VARIABLE}: remove it from that environment variable.")
    for plugin in known.plugins:
        if plugin.is_called(name):
            by = next((other for other in off if plugin.is_called(other)), None)
            if by:
                raise UserError(f"{name} is disabled together with {by}: run `artgan plugins enable {by}`.")
            return False
    raise unknown("disabled plugin", name, off, "`artgan plugins` lists all.")


def _in_environment() -> list[str]:
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]


def _file() -> Path:
    return paths.config_dir() / "plugins.json"


def _save(names: Iterable[str]) -> None:
    from artgan.util.files import write_atomic, write_errors

    path = _file()
    with write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps({"disabled": sorted(set(names))}, indent=2) + "\n")
