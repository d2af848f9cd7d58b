"""Write files whole or not at all, with errors that a person understands."""

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
"""Suffix of the hidden files that are being written."""

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP)
NO_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
"""Error numbers of :func:`exchange` where the system doesn't support it."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def write_errors(path: Path, kind: type[ArtganError] = ArtganError) -> Iterator[None]:
    """Turn an ``OSError`` (disk full, permission denied) into an error of type ``kind`` that names ``path``."""
    try:
        yield
    except OSError as error:
        raise kind(f"{path} can't be written: {error.strerror or error}.") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` to write to; on success it replaces ``path``.

    Even after a power cut there is either the old file or the new one: the contents reach the disk before the name.
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
def creating(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder beside ``folder``, which must not exist; on success it is renamed to ``folder``.

    Raises:
        ArtganError: if it can't be written, or ``folder`` has appeared meanwhile.
    """
    hidden = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}{SUFFIX}")
    with write_errors(folder):
        try:
            hidden.mkdir(parents=True)
            yield hidden
            for path in hidden.iterdir():
                flush(path)
            if os.path.lexists(folder):  # renaming would silently replace an empty folder
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            hidden.rename(folder)
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
    flush_folder(folder.parent)


def flush(path: Path) -> None:
    """Flush a file to disk with fsync. Raises ``OSError`` on failure."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to disk with fsync, where the system can (Windows can't)."""
    with suppress(OSError):  # some file servers can't either; the contents of files are safe all the same
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def exchange(one: Path, other: Path) -> None:
    """Swap the names of two files or folders in one operation, so that both names exist at all times.

    Raises:
        OSError: on failure. Its ``errno`` is one of :data:`NO_EXCHANGE` if the system, its C library or the file
            system doesn't support it.
    """
    names = os.fsencode(one), os.fsencode(other)
    if failure := _call_linux("renameat2", _AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        raise OSError(failure, os.strerror(failure), str(one), None, str(other))


def flush_tree(folder: Path) -> None:
    """Flush everything in ``folder`` and below to disk. Raises ``OSError`` on failure.

    A hundred thousand files take minutes one by one, so on Linux the whole disk is flushed at once.
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
    """Flush the disk that holds ``folder`` with Linux's ``syncfs``, which Python lacks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if failure := _call_linux("syncfs", descriptor):
            raise OSError(failure, os.strerror(failure), str(folder))
    finally:
        os.close(descriptor)


def _call_linux(function: str, *arguments: int | bytes) -> int:
    """Call a function of Linux's C library that Python lacks, and return 0 or the ``errno``.

    The result is ``ENOSYS`` where the function doesn't exist.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # missing in older C libraries
            failed = getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments)
            return ctypes.get_errno() if failed else 0
    return errno.ENOSYS


def remove_unfinished(*folders: Path) -> None:
    """Remove what processes left that were killed during :func:`replacing`; no other process may be writing there."""
    for folder in folders:
        for left in folder.glob(f".*{SUFFIX}"):
            with suppress(OSError):
                left.unlink()


def try_lock(path: Path) -> FileLock | None:
    """Take the lock at ``path`` and return it, or None if another process holds it.

    The system releases it when the process dies, however it dies. On a file system without such locks (``flock``), a
    lock file takes their place, which recognises dead processes of the same machine only. On a file server without any
    locks, no one is kept out. Links aren't followed.

    Raises:
        OSError: if the lock file can't be created.
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
    """Keep other processes out of the same ``with`` for ``folder``, where the file system has locks."""
    path = folder / ".lock"
    lock = FileLock(path)
    with write_errors(path):
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

    A run or an exhibit may come from anyone, so nothing outside its folder may be read or written in its name.
    """
    home = folder.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(home):
            raise UserError(
                f"{path} is a link that leads out of {folder}, so it isn't followed: put the file itself there."
            )


def require_writable(folder: Path, advice: str = "Choose another place.") -> None:
    """Raise :class:`UserError`, with ``advice``, unless ``folder`` is writable; it is created if need be."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, but should be a folder. {advice}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror or error}. {advice}") from error


def require_place(path: Path) -> None:
    """Raise :class:`UserError` unless a file can be written to ``path``; its folder is created if need be.

    Call it before starting on anything that takes long to make.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder: name a file.")
    require_writable(path.parent)


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free on the disk that holds ``folder``."""
    return shutil.disk_usage(folder).free


def write_atomic(path: Path, text: str) -> None:
    """Write ``text`` so that readers see the old contents or the new. Raises :class:`ArtganError` on failure."""
    with write_errors(path), replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
