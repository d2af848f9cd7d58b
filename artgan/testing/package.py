"""The checks of everything that a package provides."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from artgan.errors import UserError, nearest, unknown
from artgan.plugins.loading import load, registry
from artgan.plugins.plugin_registry import FIRST_PARTY, Plugin
from artgan.plugins.specs import Spec
from artgan.testing.expect import calling, expect
from artgan.testing.suite import Suite
from artgan.util import paths

# kind of spec: the module of its suite, the suite, and where the base class of its targets is
SUITES = {
    "model": ("models", "ModelSuite", "artgan.Model"),
    "dataset": ("datasets", "DatasetSuite", "artgan.Dataset"),
    "loss": ("losses", "LossSuite", "artgan.AdversarialLoss"),
    "metric": ("metrics", "MetricSuite", "artgan.Metric"),
    "tracker": ("trackers", "TrackerSuite", "artgan.Tracker"),
    "curator": ("curators", "CuratorSuite", "artgan.Curator"),
    "command": ("commands", "CommandSuite", ""),
}


def plugins_called(names: Iterable[str] = ()) -> list[Plugin]:
    """Return the enabled plugins, or only those with these names or from packages with these names.

    Raises:
        UserError: if a name is unknown, with the nearest match.
    """
    plugins = [plugin for plugin in registry().plugins if not plugin.disabled]
    names = list(names)
    for name in names:
        if not any(plugin.is_called(name) for plugin in registry().plugins):
            raise _not_installed(name)
    if not names:
        return plugins
    chosen = [plugin for plugin in plugins if any(plugin.is_called(name) for name in names)]
    if not chosen:
        raise UserError(f"{', '.join(names)} can't be checked while disabled.")
    return chosen


def _not_installed(name: str) -> UserError:
    # A package that `artgan plugins new` wrote is only a folder until it is installed.
    folders = [
        folder for folder in (Path(name), Path(f"{FIRST_PARTY}-{name}")) if (folder / "pyproject.toml").is_file()
    ]
    if folders:
        return UserError(f"{name} isn't installed yet: `artgan plugins install --editable ./{folders[0]}`.")
    known = dict.fromkeys(word for plugin in registry().plugins for word in (plugin.name, plugin.distribution))
    if nearest(name.removeprefix(f"{FIRST_PARTY}-"), known):
        return unknown("plugin", name, known, "`artgan plugins` lists them.")
    return UserError(
        f"No plugin called '{name}' is installed: `artgan plugins` lists those that are, and "
        "`artgan plugins install PACKAGE|PATH` adds one."
    )


@contextmanager
def opened(spec: Spec, **settings: Any) -> Iterator[Suite]:
    """Yield the checks of what ``spec`` names; files made for them are deleted afterwards.

    Data sets are expected in the user's data folder and aren't downloaded; one that reads the user's own pictures gets
    some. ``settings`` are those of the kind's ``check_…`` function.

    Raises:
        AssertionError: if it can't be loaded, or has the wrong class.
    """
    module, name, base = SUITES[spec.kind]
    kind = getattr(import_module(f"artgan.testing.{module}"), name)
    with calling(f"Loading the {spec.title} '{spec.name}'"):
        target = load(spec)
    if base:
        owner, _, attribute = base.rpartition(".")
        wanted = getattr(import_module(owner), attribute)
        expect(
            isinstance(target, type) and issubclass(target, wanted),
            f"The target of the {spec.title} '{spec.name}', {spec.target!r}, isn't a subclass of {base}.",
        )
    if spec.kind != "dataset":
        yield kind(target, spec, **settings)
        return
    with TemporaryDirectory() as folder:
        path_option = getattr(spec, "path_option", None)
        options = {path_option: str(_pictures(Path(folder)))} if path_option else {}
        defaults = {"options": options, "data_dir": paths.data_dir(), "download": False}
        suite = kind(target, spec, **{**defaults, **settings})
        try:
            yield suite
        finally:
            suite.close()


def _pictures(folder: Path) -> Path:
    """Fill a folder with small pictures in two subfolders, and return it."""
    random = np.random.default_rng(0)
    for label in ("dark", "light"):
        (folder / label).mkdir()
        for number in range(6):
            pixels = random.integers(0, 256, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number}.png")
    return folder
