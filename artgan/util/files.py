"""Writing files so that they are there whole or not at all, with errors that a person understands."""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from artgan.errors import ArtganError, UserError

SUFFIX = ".tmp"
"""Of files that are being written, hidden ones."""

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP)
NO_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What :func:`exchange` fails with where there is no such thing."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def clear_errors(path: Path, kind: type[ArtganError] = ArtganError) -> Iterator[None]:
    """Turn an ``OSError`` inside (full disk, no permission) into an error of ``kind`` that names ``path``."""
    try:
        yield
    except OSError as error:
        raise kind(f"{path} can't be written: {error.strerror or error}.") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary neighbour of ``path`` to write to; it takes the place of ``path`` if all goes well.

    After a power cut, too, there is the old file or the new one: contents reach the disk before the name does.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{SUFFIX}")
    try:
        yield temporary
        flush(temporary)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder beside ``folder``, which must not be there; it gets its name if all goes well.

    Raises:
        ArtganError: if it can't be written, or something has taken its name meanwhile.
    """
    hidden = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{SUFFIX}")
    with clear_errors(folder):
        try:
            hidden.mkdir(parents=True)
            yield hidden
            for path in hidden.iterdir():
                flush(path)
            if os.path.lexists(folder):  # an empty folder would silently be replaced
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            hidden.rename(folder)
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
    flush_folder(folder.parent)


def flush(path: Path) -> None:
    """Have the disk take in a file's contents. Raises ``OSError`` if it can't."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Have the disk take in the names in ``folder``, where the system can do that (Windows can't)."""
    with suppress(OSError):  # file servers that know no such thing; what is in the file is safe
        number = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(number)
        finally:
            os.close(number)


def exchange(one: Path, other: Path) -> None:
    """Have two files or folders swap their names in one operation, so that neither name is ever without one.

    Raises:
        OSError: if they can't. Its ``errno`` is among :data:`NO_EXCHANGE` if the system, its C library or the file
            system doesn't do that at all.
    """
    names = os.fsencode(one), os.fsencode(other)
    if number := _call_linux("renameat2", _AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        raise OSError(number, os.strerror(number), str(one), None, str(other))


def flush_tree(folder: Path) -> None:
    """Have the disk take in all that is in ``folder`` and below it. Raises ``OSError`` if it can't.

    A hundred thousand files one by one take minutes: where the system can flush a whole disk at once, it does.
    """
    if sys.platform == "linux":
        _flush_disk(folder)
        return
    files = [path for path in folder.rglob("*") if path.is_file()]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(flush, files))
    for below in {path.parent for path in files} | {folder}:
        flush_folder(below)


def _flush_disk(folder: Path) -> None:
    """``syncfs`` of Linux, which Python doesn't have, on the disk that ``folder`` is on."""
    number = os.open(folder, os.O_RDONLY)
    try:
        if failure := _call_linux("syncfs", number):
            raise OSError(failure, os.strerror(failure), str(folder))
    finally:
        os.close(number)


def _call_linux(function: str, *arguments: int | bytes) -> int:
    """Call what Python lacks of Linux's C library: 0, or the ``errno``; ``ENOSYS`` where there is no such thing."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # older C libraries have less
            failed = getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments)
            return ctypes.get_errno() if failed else 0
    return errno.ENOSYS


def remove_unfinished(*folders: Path) -> None:
    """Remove what processes left that were killed while :func:`replacing`; nobody else may be writing there now."""
    for folder in folders:
        for left in folder.glob(f".*{SUFFIX}"):
            with suppress(OSError):
                left.unlink()


def try_lock(path: Path) -> FileLock | None:
    """The lock at ``path``, now held by this process until released; None if another holds it.

    The system gives it up when its process dies, however it does. On a file system that has no such locks (``flock``) a
    file stands for it, which knows of dead processes on the same machine only; on a file server that has no locks
    to give, nobody is kept out. Links are not followed.

    Raises:
        OSError: if the file can't be made.
    """
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return lock


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of the same ``with`` for ``folder``. Where there are no locks, go on without."""
    path = folder / ".lock"
    lock = FileLock(path)
    with clear_errors(path):
        try:
            lock.acquire()
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
    try:
        yield
    finally:
        lock.release()


def require_inside(folder: Path, *paths: Path) -> None:
    """Raise :class:`UserError` if one of ``paths`` is a link that leads out of ``folder``.

    A run or an exhibit may come from anybody: what is read or written under its name must be its own.
    """
    home = folder.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(home):
            raise UserError(
                f"{path} is a link that leads out of {folder}, and is not followed: put the file itself there."
            )


def require_writable(folder: Path, advice: str = "Choose another place.") -> None:
    """Raise :class:`UserError`, with ``advice``, unless ``folder`` is there, or can be made, and takes files."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, and a folder is needed there. {advice}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror or error}. {advice}") from error


def require_place(path: Path) -> None:
    """Raise :class:`UserError` unless a file can be written to ``path``; folders above it are made.

    For what takes long to make, before it is made.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder: name a file.")
    require_writable(path.parent)


def free_bytes(folder: Path) -> int:
    """What is left on the disk that ``folder`` is on."""
    return shutil.disk_usage(folder).free


def write_atomic(path: Path, text: str) -> None:
    """Write ``text``; readers see the old contents or the new, never half. Raises :class:`ArtganError`."""
    with clear_errors(path), replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
