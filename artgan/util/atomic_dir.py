"""Create a folder whole or not at all: fill it beside its final place, flush it, then rename it."""

import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from artgan.util.files import flush_folder, flush_tree

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX = ".unfinished-"
PROGRESS = "progress.json"
"""A file that marks an unfinished folder as worth continuing."""
LOCK = ".lock"
YOUNG_SECONDS = 60
"""Younger folders are never considered abandoned."""
OLD_SECONDS = 24 * 3600
"""Older ones are, where locks don't tell."""


class Workspace:
    """A temporary folder beside ``target``: a context manager that removes it on exit.

    A lock in the folder shows that its owner is alive. Folders of dead owners are removed by the next workspace, unless
    they contain :data:`PROGRESS`: the next one with the same ``target`` continues those.

    Attributes:
        path: the folder to fill; not empty if another process began it.
        keep: set it to True to leave the folder behind on exit, to be continued later.

    Raises:
        OSError: if the folder that holds ``target`` can't be written.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target
        self.keep = False
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> "Workspace":
        self.target.parent.mkdir(parents=True, exist_ok=True)
        if self._adopt():
            return self
        remove_abandoned(self.target.parent)
        self.path = self.target.parent / f"{PREFIX}{self.target.name}-{uuid.uuid4().hex}"
        self.path.mkdir()
        try:
            self._lock = open(self.path / LOCK, "wb")
            if fcntl:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Without locks on this file system, age decides (see _abandoned).
            if self._lock is None:
                shutil.rmtree(self.path, ignore_errors=True)
                raise
        return self

    def _adopt(self) -> bool:
        """Take over a folder begun for the same target if its owner is dead, which only locks tell for certain."""
        for left in self.target.parent.glob(f"{PREFIX}{self.target.name}-*") if fcntl else ():
            if not (left / PROGRESS).is_file():
                continue
            try:
                lock = open(left / LOCK, "rb+")  # noqa: SIM115  held until the folder is complete
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            # The owner may have published or removed it just before releasing the lock.
            if (left / PROGRESS).is_file() and (left / LOCK).is_file():
                self.path, self._lock = left, lock
                return True
            lock.close()
        return False

    def publish(self, is_whole: Callable[[Path], bool]) -> None:
        """Rename the folder to ``target``, unless another process was faster.

        Args:
            is_whole: tells whether an existing ``target`` is complete; one that isn't is replaced.

        Raises:
            OSError: if the folder can't be flushed or renamed.
        """
        flush_tree(self.path)
        self.unlock()
        for attempt in range(3):
            try:
                self.path.rename(self.target)
                flush_folder(self.target.parent)
                return
            except OSError:
                if is_whole(self.target):
                    return
                if attempt == 2 or not self.target.exists():
                    raise
                self._move_away()

    def _move_away(self) -> None:
        """Rename the broken target before deleting it, so that no reader sees half of it."""
        if not self.target.is_dir() or self.target.is_symlink():
            self.target.unlink()
            return
        doomed = self.target.parent / f"{PREFIX}{uuid.uuid4().hex}"
        self.target.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    def unlock(self) -> None:
        """Remove the lock file from the folder, which is about to be renamed."""
        with suppress(PermissionError):  # Windows doesn't remove open files
            (self.path / LOCK).unlink(missing_ok=True)  # before releasing it, or another process might adopt the folder
        self._close()
        (self.path / LOCK).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left behind in ``folder``."""
    for left in folder.glob(f"{PREFIX}*"):
        if _abandoned(left):
            shutil.rmtree(left, ignore_errors=True)


def _abandoned(left: Path) -> bool:
    try:
        age = time.time() - max(entry.stat().st_mtime for entry in (left, *left.iterdir()))
    except OSError:
        return False
    # A new folder isn't locked for a moment, and a file server's clock may differ from ours.
    if age < YOUNG_SECONDS:
        return False
    if fcntl and (left / LOCK).exists():
        try:
            with open(left / LOCK, "rb+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        except OSError:
            pass
    return age > OLD_SECONDS
