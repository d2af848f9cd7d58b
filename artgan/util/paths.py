"""Where things are kept, unless the user says otherwise."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import platformdirs

_RUNS: ContextVar[Path | None] = ContextVar("runs", default=None)


def runs_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """``given``, else the folder of :func:`runs_in`, else ``ARTGAN_RUNS``, else ``./runs``."""
    return Path(given or _RUNS.get() or os.environ.get("ARTGAN_RUNS") or "runs")


@contextmanager
def runs_in(folder: Path) -> Iterator[None]:
    """Inside, whoever names a run without saying where it is means one in ``folder``: an option of a model, say."""
    token = _RUNS.set(folder)
    try:
        yield
    finally:
        _RUNS.reset(token)


def gallery_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """``given``, else ``ARTGAN_GALLERY``, else ``./gallery``."""
    return Path(given or os.environ.get("ARTGAN_GALLERY") or "gallery")


def cache_dir() -> Path:
    """``ARTGAN_CACHE``, else the platform's cache folder: prepared images live here, and may be deleted any time."""
    return Path(os.environ.get("ARTGAN_CACHE") or platformdirs.user_cache_dir("artgan", appauthor=False))


def config_dir() -> Path:
    """``ARTGAN_CONFIG``, else the platform's folder for settings: what the user has chosen for all trainings."""
    return Path(os.environ.get("ARTGAN_CONFIG") or platformdirs.user_config_dir("artgan", appauthor=False))


def data_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Where data sets are looked for and downloaded to: ``given``, else ``ARTGAN_DATA``, else the cache folder."""
    return Path(given or os.environ.get("ARTGAN_DATA") or cache_dir() / "data")
