"""A folder that appears whole or not at all: made beside its final place, flushed, then renamed into it."""

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
"""A file in a folder that is worth going on with."""
LOCK = ".lock"
YOUNG_SECONDS = 60
OLD_SECONDS = 24 * 3600


class Workspace:
    """Context manager: ``path`` is an empty folder beside ``target``, removed on the way out.

    While it is open a lock in it says that its owner lives; what dead owners left is removed by the next one, unless
    there is :data:`PROGRESS` in it: the next who wants the same ``target`` goes on with that.

    Attributes:
        path: the folder to fill; not empty if it was begun by somebody else.
        keep: set it to leave the folder on the way out, to be gone on with.

    Raises:
        OSError: if the folder of ``target`` can't be written.
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
            # No locks on this file system: age decides (see _abandoned).
            if self._lock is None:
                shutil.rmtree(self.path, ignore_errors=True)
                raise
        return self

    def _adopt(self) -> bool:
        """Take over what was begun for the same target, if its owner is dead. Only locks tell that for certain."""
        for left in self.target.parent.glob(f"{PREFIX}{self.target.name}-*") if fcntl else ():
            if not (left / PROGRESS).is_file():
                continue
            try:
                lock = open(left / LOCK, "rb+")  # noqa: SIM115  it is held until the folder is whole
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            # Its owner may have published or removed it just before it let go.
            if (left / PROGRESS).is_file() and (left / LOCK).is_file():
                self.path, self._lock = left, lock
                return True
            lock.close()
        return False

    def publish(self, is_whole: Callable[[Path], bool]) -> None:
        """Rename the folder to ``target``, unless another process was first.

        A ``target`` that is there, but not whole, makes way.

        Raises:
            OSError: if it can't be flushed or renamed.
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
        """Renaming first makes the broken folder go at once, so that no reader sees half of it."""
        if not self.target.is_dir() or self.target.is_symlink():
            self.target.unlink()
            return
        grave = self.target.parent / f"{PREFIX}{uuid.uuid4().hex}"
        self.target.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)

    def unlock(self) -> None:
        """Take the lock out of the folder, which is about to be renamed."""
        with suppress(PermissionError):  # Windows removes no open file
            (self.path / LOCK).unlink(missing_ok=True)  # before it is let go, or somebody might adopt the folder
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
    """Remove what killed processes left unfinished in ``folder``."""
    for left in folder.glob(f"{PREFIX}*"):
        if _abandoned(left):
            shutil.rmtree(left, ignore_errors=True)


def _abandoned(left: Path) -> bool:
    try:
        age = time.time() - max(entry.stat().st_mtime for entry in (left, *left.iterdir()))
    except OSError:
        return False
    # Between a folder's making and its locking lies a moment, and file servers' clocks differ from ours.
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
