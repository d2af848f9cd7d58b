"""The pytest plugin of artgan: a test that takes ``artgan_check`` is run once for each check.

    def test_conformance(artgan_check):
        artgan_check()

This runs every check of everything that a package provides: the package named in the ``[project]`` table of
pyproject.toml, or those listed in ``artgan_package`` of ``[tool.pytest.ini_options]``. A test that takes
``artgan_spec`` is run once for each spec. Unless a test asks for one of the two, only this file of artgan is imported.
"""

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from artgan.plugins.specs import Spec
    from artgan.testing.suite import Check

SETTING = "artgan_package"
_FILES = pytest.StashKey[ExitStack]()
_CHECKS = pytest.StashKey["list[tuple[str, Any]]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the setting."""
    about = "distributions whose plugins artgan's conformance kit checks (this project's own)"
    parser.addini(SETTING, about, type="args")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that ask for it once for each check, or for each spec."""
    if "artgan_check" in metafunc.fixturenames:
        checks = _checks(metafunc.config)
        metafunc.parametrize("artgan_check", [one for _, one in checks], ids=[name for name, _ in checks])
    if "artgan_spec" in metafunc.fixturenames:
        specs = _specs(metafunc.config)
        metafunc.parametrize("artgan_spec", specs, ids=[f"{spec.kind}-{spec.name}" for spec in specs])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete the files written for the checks."""
    files = config.stash.get(_FILES, None)
    if files:
        files.close()


def _checks(config: pytest.Config) -> "list[tuple[str, Any]]":
    """Return an identifier and a function for every check. Made once, so that the checks of a plugin share work."""
    if _CHECKS in config.stash:
        return config.stash[_CHECKS]
    from artgan.testing.package import opened

    files = config.stash.setdefault(_FILES, ExitStack())
    found: list[tuple[str, Any]] = []
    for spec in _specs(config):
        try:
            checks = files.enter_context(opened(spec)).checks()
        except AssertionError as failure:
            found.append((f"{spec.kind}-{spec.name}-loading", partial(pytest.fail, str(failure), pytrace=False)))
            continue
        found += [(f"{spec.kind}-{spec.name}-{one.name.replace(' ', '-')}", partial(_run, one)) for one in checks]
    config.stash[_CHECKS] = found
    return found


def _run(check: "Check") -> None:
    from artgan.testing.expect import Unchecked

    __tracebackhide__ = True
    try:
        check()
    except Unchecked as reason:
        pytest.skip(str(reason))
    except AssertionError as failure:
        pytest.fail(f"{check.subject}: {failure}", pytrace=False)


def _specs(config: pytest.Config) -> "list[Spec]":
    return [spec for package in _packages(config) for spec in _found(package)]


def _found(package: str) -> "Iterator[Spec]":
    from artgan.plugins.loading import registry
    from artgan.plugins.plugin_registry import same_distribution

    plugins = [plugin for plugin in registry().plugins if same_distribution(plugin.distribution, package)]
    if not plugins:
        raise pytest.Collector.CollectError(
            f"artgan found no plugin of the package '{package}' in this environment. Is it installed here (by "
            "`uv run pytest` or `pip install -e .`), and does it have an entry point in the group artgan?"
        )
    for plugin in plugins:
        if plugin.problems:
            raise pytest.Collector.CollectError(f"The plugin {plugin.label} is broken: {'; '.join(plugin.problems)}")
        yield from plugin.specs


def _packages(config: pytest.Config) -> list[str]:
    named: list[str] = config.getini(SETTING)
    if named:
        return named
    for folder in (config.rootpath, *config.rootpath.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            with suppress(OSError, ValueError, KeyError, TypeError):
                return [str(tomllib.loads(path.read_text(encoding="utf-8"))["project"]["name"])]
    raise pytest.Collector.CollectError(
        f"artgan doesn't know whose plugins to check: no pyproject.toml in or above {config.rootpath} names a project. "
        f'Set {SETTING} = "artgan-…" in [tool.pytest.ini_options].'
    )
