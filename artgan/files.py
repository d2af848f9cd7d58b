"""Writing files so that they are there whole or not at all, with errors that a person understands."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artgan.errors import ArtganError

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


def write_atomic(path: Path, text: str) -> None:
    """Write ``text``; readers see the old contents or the new, never half. Raises :class:`ArtganError`."""
    with clear_errors(path), replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
