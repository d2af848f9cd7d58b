"""Writing files so that they are there whole or not at all, with errors that a person understands."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artgan.errors import ArtganError, UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def clear_errors(path: Path, kind: type[ArtganError] = ArtganError) -> Iterator[None]:
    """Turn an ``OSError`` inside (full disk, no permission) into an error of ``kind`` that names ``path``."""
    try:
        yield
    except OSError as error:
        raise kind(f"{path} can't be written: {error.strerror or error}.") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary neighbour of ``path`` to write to; it takes the place of ``path`` if all goes well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of the same ``with`` for ``folder``. Where there are no locks, go on without."""
    path = folder / ".lock"
    with clear_errors(path), path.open("wb") as file:
        if fcntl:
            with suppress(OSError):  # a file server that knows no locks
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def require_writable(folder: Path) -> None:
    """Raise :class:`UserError` unless ``folder`` is there, or can be made, and takes files."""
    with clear_errors(folder, UserError):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def require_space(folder: Path, size: int) -> None:
    """Raise :class:`ArtganError` unless the disk that ``folder`` is on has ``size`` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise ArtganError(
            f"{folder} is on a disk with {free / 1e6:,.0f} MB left, and a checkpoint takes about {size / 1e6:,.0f} MB: "
            "make room, or choose another --runs-dir."
        )


def write_atomic(path: Path, text: str) -> None:
    """Write ``text``; readers see the old contents or the new, never half. Raises :class:`ArtganError`."""
    with clear_errors(path), replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
