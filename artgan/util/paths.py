"""Default folders, unless the user chooses others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import platformdirs

_RUNS: ContextVar[Path | None] = ContextVar("runs", default=None)


def runs_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return ``given``, else the folder of :func:`runs_in`, else ``ARTGAN_RUNS``, else ``./runs``."""
    return Path(given or _RUNS.get() or os.environ.get("ARTGAN_RUNS") or "runs")


@contextmanager
def runs_in(folder: Path) -> Iterator[None]:
    """Look for runs in ``folder`` where only a run's name is given, as in an option of a model."""
    token = _RUNS.set(folder)
    try:
        yield
    finally:
        _RUNS.reset(token)


def gallery_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return ``given``, else ``ARTGAN_GALLERY``, else ``./gallery``."""
    return Path(given or os.environ.get("ARTGAN_GALLERY") or "gallery")


def cache_dir() -> Path:
    """Return ``ARTGAN_CACHE``, else the platform's cache folder.

    It holds prepared images, and may be deleted at any time.
    """
    return Path(os.environ.get("ARTGAN_CACHE") or platformdirs.user_cache_dir("artgan", appauthor=False))


def config_dir() -> Path:
    """Return ``ARTGAN_CONFIG``, else the platform's configuration folder, which holds the settings of all runs."""
    return Path(os.environ.get("ARTGAN_CONFIG") or platformdirs.user_config_dir("artgan", appauthor=False))


def data_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of data sets: ``given``, else ``ARTGAN_DATA``, else ``data`` in the cache folder."""
    return Path(given or os.environ.get("ARTGAN_DATA") or cache_dir() / "data")
