"""Which plugins the user has switched off: in the environment, or for good in the configuration folder."""

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
    """Names of plugins or distributions, and who switched them off, in words."""
    return [(name, f"by {VARIABLE}") for name in _named()] + [(name, "by `artgan plugins disable`") for name in kept()]


def kept() -> list[str]:
    """Those that are off for good. A damaged file counts as empty, with a warning."""
    path = _file()
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["disabled"]
        return sorted({name for name in names if isinstance(name, str)})
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        warnings.warn(f"{path} can't be read, so it disables no plugin: delete it.", UserWarning, stacklevel=2)
        return []


def switch_off(name: str, known: Registry) -> bool:
    """Switch a plugin or a distribution off for good; whether it was on.

    Raises:
        UserError: if there is none called so, with the nearest match, or two packages have one called so.
        ArtganError: if that can't be written down.
    """
    plugins = known.plugins
    if not any(plugin.is_called(name) for plugin in plugins):
        names = dict.fromkeys(word for plugin in plugins for word in (plugin.name, plugin.distribution))
        raise unknown("plugin", name, names, "`artgan plugins` lists them.")
    owners = dict.fromkeys(plugin.distribution for plugin in plugins if plugin.is_called(name))
    if len(owners) > 1:
        which = " or ".join(f"{owner}:{name}" for owner in owners)
        raise UserError(f"{len(owners)} plugins are called {name}: say {which}.")
    before = kept()
    _keep([*before, name])
    return name not in before


def switch_on(name: str, known: Registry) -> bool:
    """Switch it on again; whether it was off. Raises as :func:`switch_off`, and if the environment has it off."""
    off = kept()
    if name in off:
        _keep(other for other in off if other != name)
        return True
    if name in _named():
        raise UserError(f"{name} is disabled by {VARIABLE}: take it out of the environment.")
    for plugin in known.plugins:
        if plugin.is_called(name):
            by = next((other for other in off if plugin.is_called(other)), None)
            if by:
                raise UserError(f"{name} is disabled together with {by}: `artgan plugins enable {by}`.")
            return False
    raise unknown("disabled plugin", name, off, "`artgan plugins` lists all.")


def _named() -> list[str]:
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]


def _file() -> Path:
    return paths.config_dir() / "plugins.json"


def _keep(names: Iterable[str]) -> None:
    from artgan.util.files import clear_errors, write_atomic

    path = _file()
    with clear_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps({"disabled": sorted(set(names))}, indent=2) + "\n")
