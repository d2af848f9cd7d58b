"""A disk that fails: every operation that writes below a folder is counted, and a chosen one ends with an error.

It works inside the process, by standing in for Python's ways to write. ``safetensors`` writes by itself, so that its
call counts as one operation, which leaves half a file.
"""

import builtins
import errno
import io
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from safetensors import SafetensorError

from artgan.runs import checkpoint_file
from artgan.util import files

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)
WRITING = set("wax+")


class Faults:
    """Use it as a context manager.

    Attributes:
        operations: what was done below the folder, in order.
        failed: the operation that was made to fail.
    """

    def __init__(self, folder: Path, at: int | None = None, number: int = errno.ENOSPC, lasting: bool = True) -> None:
        """Fail at operation ``at`` (None: never) with ``number``, and at all that follow if that is ``lasting``."""
        self.folder, self.at, self.number, self.lasting = os.path.abspath(folder), at, number, lasting
        self.operations: list[str] = []
        self.failed = ""
        self._stack = ExitStack()

    def __enter__(self) -> "Faults":
        patch = self._stack.enter_context
        opened = mock.patch.multiple
        patch(opened(builtins, open=self._open(builtins.open)))
        patch(opened(io, open=self._open(io.open)))
        standing = {name: self._call(getattr(os, name), name) for name in ("mkdir", "rename", "replace", "fsync")}
        patch(opened(os, open=self._os_open(os.open), **standing))
        patch(opened(files, _flush_disk=self._call(files._flush_disk, "syncfs")))
        patch(opened(files, exchange=self._call(files.exchange, "exchange")))
        patch(opened(checkpoint_file, save_file=self._save_file(checkpoint_file.save_file)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def due(self, what: str, path: object = "") -> None:
        """Count an operation; raise ``OSError`` if it is one that fails."""
        count = len(self.operations)
        self.operations.append(f"{what} {os.path.basename(str(path))}".strip())
        if self.at is not None and (count == self.at or (self.lasting and count > self.at)):
            self.failed = self.failed or self.operations[-1]
            raise OSError(self.number, os.strerror(self.number), str(path))

    def below(self, path: object) -> bool:
        """Whether ``path`` is below the folder."""
        return isinstance(path, (str, os.PathLike)) and os.path.abspath(path).startswith(self.folder + os.sep)

    def _open(self, healthy: Callable[..., Any]) -> Callable[..., Any]:
        def standing(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
            if not WRITING & set(mode) or not self.below(file):
                return healthy(file, mode, *rest, **more)
            self.due(f"open {mode}", file)
            return File(healthy(file, mode, *rest, **more), self, file)

        return standing

    def _os_open(self, healthy: Callable[..., int]) -> Callable[..., int]:
        def standing(path: Any, flags: int, *rest: Any, **more: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR) and self.below(path):
                self.due("open", path)
            return healthy(path, flags, *rest, **more)

        return standing

    def _call(self, healthy: Callable[..., Any], name: str) -> Callable[..., Any]:
        def standing(path: Any, *rest: Any, **more: Any) -> Any:
            if isinstance(path, int) or self.below(path):
                self.due(name, "" if isinstance(path, int) else path)
            return healthy(path, *rest, **more)

        return standing

    def _save_file(self, healthy: Callable[..., Any]) -> Callable[..., Any]:
        def standing(tensors: Any, path: Any, metadata: Any) -> None:
            try:
                self.due("save_file", path)
            except OSError as error:
                with io.FileIO(path, "w") as file:
                    file.write(b"half a file")
                raise SafetensorError(f"I/O error: {error.strerror} (os error {error.errno})") from error
            healthy(tensors, path, metadata=metadata)

        return standing


class File:
    """A file open for writing, whose writes are counted."""

    def __init__(self, file: Any, faults: Faults, path: object) -> None:
        self._file, self._faults, self._path = file, faults, path

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Any:
        return iter(self._file)

    def write(self, data: Any) -> Any:
        """As a full disk does, it takes half of what it fails at."""
        try:
            self._faults.due("write", self._path)
        except OSError:
            self._file.write(data[: len(data) // 2])
            raise
        return self._file.write(data)

    def writelines(self, lines: Any) -> None:
        self._faults.due("write", self._path)
        self._file.writelines(lines)

    def close(self) -> None:
        self._file.close()

    def fileno(self) -> int:
        # Pillow would write past this class.
        if sys._getframe(1).f_globals.get("__name__", "").startswith("PIL"):
            raise io.UnsupportedOperation("fileno")
        return int(self._file.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
