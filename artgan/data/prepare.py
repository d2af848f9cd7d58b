"""Decode a data set once, into a memory-mapped array that every later start opens immediately.

A prepared set is a folder of the cache: ``images.npy`` (N, H, W, C) uint8, ``labels.npy`` (N,) int64 if there are
labels, and ``meta.json``. It is filled beside its final place and then renamed, so it exists whole or not at all, and
any number of processes may prepare the same set at once. After an interruption, the next start continues.
"""

import errno
import hashlib
import json
import re
import shutil
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.data import unreadable
from artgan.data.dataset import Dataset, ImageInfo, Report
from artgan.data.npy_writer import LABELS, NpyWriter
from artgan.errors import ArtganError, UserError
from artgan.plugins.loading import owner_of
from artgan.util import paths
from artgan.util.atomic_dir import Workspace
from artgan.util.processes import cores

FORMAT = 1
FIRST_IMAGES = 2
MOST_IMAGES = 1024
CHUNK_BYTES = 4 << 20
SLICE_SECONDS = 0.2

Chunk = tuple[NDArray[np.uint8], NDArray[np.int64] | None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A decoded data set.

    Attributes:
        images: (N, H, W, C) uint8, mapped read-only from disk; memory holds only what is being read.
        labels: (N,) int64, mapped likewise, or None if there are none.
        info: shape and label names of the images.
        fingerprint: SHA-256 of everything that the images depend on, according to the data set.
        path: the set's folder in the cache.
        notes: what the user should know about the preparation, such as how many images were left out.
        damaged: name and reason of the first unreadable file; empty if there is none; None if it wasn't recorded.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    info: ImageInfo
    fingerprint: str
    path: Path
    notes: tuple[str, ...] = ()
    damaged: dict[str, str] | None = None

    def __len__(self) -> int:
        return len(self.images)


def prepare(dataset: Dataset, name: str, report: Report = lambda done, total: None, strict: bool = False) -> Prepared:
    """Open the prepared copy of ``dataset``, or make it first if it is missing or damaged.

    Args:
        dataset: a data set whose :meth:`~artgan.Dataset.fetch` was called.
        name: the user's name for it, used in the folder's name and in errors.
        report: called with the number of images decoded, and of all.
        strict: whether to stop at the first unreadable file instead of leaving it out.

    Raises:
        Unreadable: if a file can't be read, if ``strict``.
        ArtganError: if :meth:`~artgan.Dataset.read` fails or breaks its contract, or the cache can't be written;
            nothing is left behind then.
        UserError: if there are no images at all.
    """
    info, count = dataset.info, len(dataset)
    if count < 1:
        raise UserError(f"The data set '{name}' has no images.")
    fingerprint = _hash(dataset, info, count)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "data"
    folder = paths.cache_dir() / "prepared" / f"{stem[:64]}-{fingerprint[:16]}"
    # Another process may replace the copy between our renaming and opening it, with one that is whole.
    for _ in range(3):
        found = _open(folder, info, fingerprint, strict)
        if found is not None:
            if strict:
                unreadable.raise_first(name, found.damaged or {})
            return found
        try:
            with Workspace(folder) as work:
                _require_space(work.path, info, count)
                _write(work, dataset, name, fingerprint, report, strict)
                work.publish(lambda place: _open(place, info, fingerprint, strict) is not None)
        except OSError as error:
            raise _unwritable(folder.parent, error) from error
    raise ArtganError(f"The prepared images in {folder} can't be read back. Delete that folder and try again.")


def _hash(dataset: Dataset, info: ImageInfo, count: int) -> str:
    kind = f"{type(dataset).__module__}:{type(dataset).__qualname__}"
    parts = [FORMAT, kind, asdict(info), count, dataset.fingerprint()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _open(folder: Path, info: ImageInfo, fingerprint: str, strict: bool) -> Prepared | None:
    """Open the prepared set in ``folder``.

    Return None if it is missing, damaged or of another data set, or too old to tell what ``strict`` needs.
    """
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["format"] != FORMAT or meta["fingerprint"] != fingerprint:
            return None
        shape = (int(meta["images"]), info.height, info.width, info.channels)
        images = _map(folder / "images.npy", shape, np.dtype(np.uint8))
        labels = _map(folder / "labels.npy", shape[:1], np.dtype(np.int64)) if info.labels else None
        damaged = meta.get("damaged")
        if strict and not isinstance(damaged, dict):
            return None
        return Prepared(images, labels, info, fingerprint, folder, tuple(map(str, meta["notes"])), damaged)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _map(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    array: np.memmap[Any, Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    # A file that is too long is damaged, too; np.load only notices one that is too short.
    if array.shape != shape or array.dtype != dtype or path.stat().st_size != array.offset + array.nbytes:
        raise ValueError(f"{path} is damaged")
    return array


def _write(work: Workspace, dataset: Dataset, name: str, fingerprint: str, report: Report, strict: bool) -> None:
    """Fill the folder, or continue filling it; after Ctrl-C it stays there to be continued."""
    info, count = dataset.info, len(dataset)
    # Write in order rather than through a writable map: if it exceeded memory, pages would be written at random.
    with NpyWriter(work.path, fingerprint, count, (info.height, info.width, info.channels)) as writer:
        report(writer.done, count)
        try:
            for start, stop in writer.gaps:
                _read(dataset, name, info, start, stop)  # so that the data set notes what it leaves out
            if strict:
                unreadable.raise_first(name, dataset.damaged())
            for asked, (read, labels) in _chunks(dataset, name, info, writer.done, count):
                if strict:  # slices come in order, so this finds the first unreadable file of all
                    unreadable.raise_first(name, dataset.damaged())
                writer.add(asked, read, labels)
                report(writer.done, count)
        except Exception:
            raise
        except BaseException:  # Ctrl-C
            if writer.done:
                writer.save_progress()
                work.keep = True
            raise
        writer.finish(bool(info.labels))
    notes = list(dataset.notes())
    if not writer.kept:
        raise UserError(" ".join([f"The data set '{name}' has no readable images.", *notes]))
    if dataset.damaged() and info.labels:
        notes += _empty_labels(info, np.load(work.path / LABELS, mmap_mode="r", allow_pickle=False))
    meta = {"format": FORMAT, "fingerprint": fingerprint, "data": name, "images": writer.kept, **asdict(info)}
    meta["damaged"] = dict(islice(dataset.damaged().items(), 1))
    (work.path / "meta.json").write_text(json.dumps({**meta, "notes": notes}, indent=1), encoding="utf-8")


def _empty_labels(info: ImageInfo, labels: NDArray[np.int64]) -> list[str]:
    """Return a note about labels without any image left."""
    there = set(np.unique(labels).tolist())
    empty = [name for number, name in enumerate(info.label_names) if number not in there]
    if not empty:
        return []
    which, them = (f" and {len(empty) - 1:,} others have", "them") if len(empty) > 1 else (" has", "it")
    return [f"Label {empty[0]}{which} no readable images: models can't learn to draw {them}."]


def _chunks(dataset: Dataset, name: str, info: ImageInfo, start: int, count: int) -> Iterator[tuple[int, Chunk]]:
    """Yield the slices in order: the number of images asked for, and the images and labels that came.

    A bounded number of slices is in memory at any time.
    """
    image_bytes = info.height * info.width * info.channels
    most = max(1, min(MOST_IMAGES, CHUNK_BYTES // image_bytes))
    size = min(FIRST_IMAGES, most)
    workers = min(cores(), 16)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="prepare")
    waiting: deque[tuple[int, Future[tuple[Chunk, float]]]] = deque()
    try:
        while start < count or waiting:
            while start < count and len(waiting) < 2 * workers:
                stop = min(start + size, count)
                waiting.append((stop - start, pool.submit(_read, dataset, name, info, start, stop)))
                start = stop
            asked, future = waiting.popleft()
            chunk, seconds = future.result()
            yield asked, chunk
            # Long slices suit images drawn as arrays; short ones suit photographs, so that Ctrl-C acts at once.
            if seconds < SLICE_SECONDS / 2:
                size = min(2 * size, most)
            elif seconds > SLICE_SECONDS * 2:
                size = max(size // 2, 1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read(dataset: Dataset, name: str, info: ImageInfo, start: int, stop: int) -> tuple[Chunk, float]:
    """Read a slice, check it against the contract, and return it with the seconds it took."""
    began = time.perf_counter()
    chunk = _read_checked(dataset, name, info, start, stop)
    return chunk, time.perf_counter() - began


def _read_checked(dataset: Dataset, name: str, info: ImageInfo, start: int, stop: int) -> Chunk:
    try:
        images, labels = dataset.read(start, stop)
        problem, cause = _complaint(images, labels, info, stop - start), None
    except ArtganError:
        raise
    except Exception as error:
        problem, cause = f"can't be read: {type(error).__name__}: {error}", error
    if problem:
        owner = owner_of(type(dataset))
        plugin = f" (plugin {owner.label})" if owner else ""
        raise ArtganError(f"The data set '{name}'{plugin}, images {start} to {stop - 1}, {problem}") from cause
    return np.ascontiguousarray(images), None if labels is None else np.ascontiguousarray(labels, np.int64)


def _complaint(images: Any, labels: Any, info: ImageInfo, asked: int) -> str:
    """Return what is wrong with the result of a data set's ``read``; empty if nothing is."""
    shape = (info.height, info.width, info.channels)
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != shape:
        return f"returned {_describe(images)}, but its info promises (N, {', '.join(map(str, shape))}) uint8."
    if len(images) > asked:
        return f"returned {len(images)} images instead of {asked}."
    if not info.labels:
        return "" if labels is None else "returned labels, but its info has no label names."
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        return f"returned {_describe(labels)} as labels instead of ({len(images)},) int64."
    if len(labels) and not (labels.min() >= 0 and labels.max() < info.labels):
        return (
            f"returned labels from {labels.min()} to {labels.max()}, but its info has {info.labels} label names, "
            f"so they must be between 0 and {info.labels - 1}."
        )
    return ""


def _describe(value: object) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _require_space(folder: Path, info: ImageInfo, count: int) -> None:
    """Raise ``OSError`` if the disk is too small, rather than after an hour of decoding."""
    needed = count * (info.height * info.width * info.channels + (8 if info.labels else 0))
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(errno.ENOSPC, f"{_size(needed)} needed, {_size(free)} free")


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"


def _unwritable(folder: Path, error: OSError) -> ArtganError:
    full = error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", None))
    advice = "Free some space, or set ARTGAN_CACHE to" if full else "Set ARTGAN_CACHE to"
    reason = error.strerror or str(error)
    return ArtganError(f"Prepared images can't be stored in {folder}: {reason}. {advice} another folder.")
