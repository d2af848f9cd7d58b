"""Write prepared images: two growing ``.npy`` files, and the progress to continue from."""

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
SECONDS_BETWEEN_SAVES = 5.0


class NpyWriter:
    """Writes images and labels slice by slice: a context manager that continues what is in the folder.

    Attributes:
        done: number of images that were asked for.
        kept: number of images that were written.
        gaps: slices [start, stop] that came with images missing.
    """

    def __init__(self, folder: Path, fingerprint: str, count: int, shape: tuple[int, int, int]) -> None:
        """Set what is to be written; nothing is opened yet.

        Args:
            folder: an existing folder.
            fingerprint: identifies the images; only progress with the same fingerprint is continued.
            count: the largest possible number of images.
            shape: (H, W, C) of each image.
        """
        self.folder, self.fingerprint, self.count, self.shape = folder, fingerprint, count, shape
        self.done = self.kept = 0
        self.gaps: list[list[int]] = []
        self._saved_at = time.monotonic()

    def __enter__(self) -> "NpyWriter":
        begun = self._read_progress()
        mode = "r+b" if begun else "wb"
        self._images: IO[bytes] = open(self.folder / IMAGES, mode)
        self._labels: IO[bytes] = open(self.folder / LABELS, mode)
        self._write_headers(self.count)
        if begun and not self._truncate():
            self.done = self.kept = 0
            self.gaps = []
        return self

    def __exit__(self, *_: object) -> None:
        self._images.close()
        self._labels.close()

    def add(self, asked: int, images: NDArray[np.uint8], labels: NDArray[np.int64] | None) -> None:
        """Append the next slice.

        Args:
            asked: number of images that were asked for.
            images: the images that came, perhaps fewer.
            labels: their labels, if there are any.
        """
        self._images.write(images.data)
        if labels is not None:
            self._labels.write(labels.data)
        if len(images) < asked:
            self.gaps.append([self.done, self.done + asked])
        self.done, self.kept = self.done + asked, self.kept + len(images)
        if time.monotonic() - self._saved_at > SECONDS_BETWEEN_SAVES:
            self.save_progress()

    def save_progress(self) -> None:
        """Save the progress, so that another process can continue if this one is killed."""
        for file in (self._images, self._labels):
            file.flush()
            os.fsync(file.fileno())
        labelled = self._labels.tell() > self._start(self._labels)
        state = {"fingerprint": self.fingerprint, "done": self.done, "kept": self.kept, "gaps": self.gaps}
        files.write_atomic(self.folder / PROGRESS, json.dumps({**state, "labelled": labelled}))
        self._saved_at = time.monotonic()

    def finish(self, labelled: bool) -> None:
        """Write the final number of images, and remove the progress file (and the labels, unless ``labelled``)."""
        self._write_headers(self.kept)
        (self.folder / PROGRESS).unlink(missing_ok=True)
        if not labelled:
            self._labels.close()
            (self.folder / LABELS).unlink()

    def _read_progress(self) -> bool:
        with suppress(OSError, ValueError, KeyError, TypeError):
            state = json.loads((self.folder / PROGRESS).read_text(encoding="utf-8"))
            if state["fingerprint"] == self.fingerprint:
                self.done, self.kept, self._labelled = int(state["done"]), int(state["kept"]), bool(state["labelled"])
                self.gaps = [[int(start), int(stop)] for start, stop in state["gaps"]]
                return (self.folder / IMAGES).is_file() and (self.folder / LABELS).is_file()
        return False

    def _truncate(self) -> bool:
        """Truncate both files after the last image of the saved progress; return False if they are too short."""
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
    """Write the .npy header and return its length; NumPy pads it so that any length of the first axis fits."""
    file.seek(0)
    header = {"shape": shape, "fortran_order": False, "descr": np.lib.format.dtype_to_descr(dtype)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()
