"""Prepared images while they are written: two ``.npy`` files that grow, and how far they have come."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from artgan.util import files
from artgan.util.atomic_dir import PROGRESS

IMAGES, LABELS = "images.npy", "labels.npy"
SECONDS_BETWEEN_NOTES = 5.0


class Growing:
    """A context manager that goes on with what is in the folder, if that is a beginning of the same.

    Attributes:
        done: how many images were asked for.
        kept: how many came.
        gaps: slices (start, stop) from which some didn't come.
    """

    def __init__(self, folder: Path, fingerprint: str, count: int, shape: tuple[int, int, int]) -> None:
        """``count`` images of ``shape`` (H, W, C) at most; ``fingerprint`` says what they are."""
        self.folder, self.fingerprint, self.count, self.shape = folder, fingerprint, count, shape
        self.done = self.kept = 0
        self.gaps: list[list[int]] = []
        self._noted_at = time.monotonic()

    def __enter__(self) -> "Growing":
        begun = self._read_note()
        mode = "r+b" if begun else "wb"
        self._images: IO[bytes] = open(self.folder / IMAGES, mode)
        self._labels: IO[bytes] = open(self.folder / LABELS, mode)
        self._write_headers(self.count)
        if begun and not self._cut_to_size():
            self.done = self.kept = 0
            self.gaps = []
        return self

    def __exit__(self, *_: object) -> None:
        self._images.close()
        self._labels.close()

    def add(self, asked: int, images: NDArray[np.uint8], labels: NDArray[np.int64] | None) -> None:
        """The next slice, of which perhaps not all images came."""
        self._images.write(images.data)
        if labels is not None:
            self._labels.write(labels.data)
        if len(images) < asked:
            self.gaps.append([self.done, self.done + asked])
        self.done, self.kept = self.done + asked, self.kept + len(images)
        if time.monotonic() - self._noted_at > SECONDS_BETWEEN_NOTES:
            self.note()

    def note(self) -> None:
        """Remember how far it has come, so that another process may go on after this one was killed."""
        for file in (self._images, self._labels):
            file.flush()
            os.fsync(file.fileno())
        labelled = self._labels.tell() > self._start(self._labels)
        state = {"fingerprint": self.fingerprint, "done": self.done, "kept": self.kept, "gaps": self.gaps}
        files.write_atomic(self.folder / PROGRESS, json.dumps({**state, "labelled": labelled}))
        self._noted_at = time.monotonic()

    def finish(self, labelled: bool) -> None:
        """Write how many there are, and leave nothing but what is wanted in the folder."""
        self._write_headers(self.kept)
        (self.folder / PROGRESS).unlink(missing_ok=True)
        if not labelled:
            self._labels.close()
            (self.folder / LABELS).unlink()

    def _read_note(self) -> bool:
        with suppress(OSError, ValueError, KeyError, TypeError):
            state = json.loads((self.folder / PROGRESS).read_text(encoding="utf-8"))
            if state["fingerprint"] == self.fingerprint:
                self.done, self.kept, self._labelled = int(state["done"]), int(state["kept"]), bool(state["labelled"])
                self.gaps = [[int(start), int(stop)] for start, stop in state["gaps"]]
                return (self.folder / IMAGES).is_file() and (self.folder / LABELS).is_file()
        return False

    def _cut_to_size(self) -> bool:
        """Stand behind the last image that was noted; False if the files aren't as long."""
        whole = True
        for file, item_bytes in ((self._images, int(np.prod(self.shape))), (self._labels, 8 * self._labelled)):
            end = self._start(file) + self.kept * item_bytes
            file.seek(0, os.SEEK_END)
            whole = whole and file.tell() >= end
        for file, item_bytes in ((self._images, int(np.prod(self.shape))), (self._labels, 8 * self._labelled)):
            file.seek(self._start(file) + (self.kept * item_bytes if whole else 0))
            file.truncate()
        return whole

    def _write_headers(self, count: int) -> None:
        self._starts = {
            id(self._images): _write_header(self._images, (count, *self.shape), np.dtype(np.uint8)),
            id(self._labels): _write_header(self._labels, (count,), np.dtype(np.int64)),
        }

    def _start(self, file: IO[bytes]) -> int:
        return self._starts[id(file)]


def _write_header(file: IO[bytes], shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """The .npy header, and its length. NumPy pads it so that any length of the first axis fits in the same bytes."""
    file.seek(0)
    header = {"shape": shape, "fortran_order": False, "descr": np.lib.format.dtype_to_descr(dtype)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()
