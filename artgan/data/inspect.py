"""Examine a whole data set before training on it, as ``artgan data inspect`` does."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data import duplicates, unreadable
from artgan.data.dataset import Dataset, ImageInfo, Report
from artgan.data.image_stats import THUMBNAIL, ImageStats, measure
from artgan.data.parallel import map_slices
from artgan.data.picture import is_picture
from artgan.data.pictures import PictureDataset

SAMPLES = 12
"""Pictures per label on the sheet, and the largest number of rows."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """The contents of a data set.

    Attributes:
        pictures: number of pictures, including damaged ones and copies.
        size_bytes: total size of their files; None if they aren't files.
        other_files: number of files that aren't pictures, judging by their names, by suffix.
        sizes, modes, transparency: number of pictures with each, most frequent first. ``"32x48"`` is 32 wide.
        pixel_art: number of pictures that are pixel art.
        labels: number of pictures of each label.
        damaged: reasons of unreadable files, by name.
        unread: reasons of folders and links that weren't searched, by name.
        copies: names of pictures with the same pixels as an earlier one, mapped to that one's name.
        look_alikes: the same for pictures with nearly the same pixels.
        info: shape and labels of the images that a run would be trained on.
        images: number of images that a run would be trained on.
        left_out: number of pictures that would be left out, by reason: ``"damaged"``, ``"copies"``, ``"unlabelled"``.
    """

    pictures: int
    size_bytes: int | None
    other_files: dict[str, int]
    sizes: dict[str, int]
    modes: dict[str, int]
    transparency: dict[str, int]
    pixel_art: int
    labels: dict[str, int]
    damaged: dict[str, str]
    unread: dict[str, str]
    copies: dict[str, str]
    look_alikes: dict[str, str]
    info: ImageInfo
    images: int
    left_out: dict[str, int]

    @property
    def readable(self) -> int:
        """Number of pictures that can be read."""
        return self.pictures - len(self.damaged)

    def record(self) -> dict[str, Any]:
        """Return the same as a dict, for ``--json``."""
        return asdict(self)


def inspect(
    dataset: Dataset, report: Report = lambda done, total: None, name: str = "", strict: bool = False
) -> Inspection:
    """Look at every picture of a data set.

    Args:
        dataset: a data set whose :meth:`~artgan.Dataset.fetch` was called.
        report: called with the number of pictures looked at, and of all.
        name: the data set's name, for errors.
        strict: whether to stop at the first unreadable picture.

    Raises:
        Unreadable: for the first unreadable picture, if ``strict``.
    """
    names = _Names(dataset)
    if strict and isinstance(dataset, PictureDataset):
        unreadable.raise_first(name, dataset.unread)
    sizes, modes, transparency = Counter[str](), Counter[str](), Counter[str]()
    damaged, broken = dict[str, str](), set[int]()
    count = _count(dataset)
    # Keep a third of a kilobyte per picture and no more: there may be hundreds of thousands.
    seen = np.zeros(count, np.int64)
    digests = np.zeros((count, 2), np.uint64)
    thumbnails = np.zeros((count, THUMBNAIL, THUMBNAIL, 4), np.uint8)
    pixel_art = whole = 0
    for index, found in _measure_all(dataset, report):
        if isinstance(found, str):
            damaged[names[index]] = found
            broken.add(index)
            if strict:
                unreadable.raise_first(name, damaged)
            continue
        sizes[f"{found.width}x{found.height}"] += 1
        modes[found.mode] += 1
        transparency[found.transparency] += 1
        pixel_art += found.pixel_art
        seen[whole], thumbnails[whole] = index, found.thumbnail
        digests[whole] = np.frombuffer(found.digest, np.uint64)
        whole += 1
    copies = duplicates.exact(digests[:whole])
    alike = duplicates.near(thumbnails[:whole])
    files = dataset.pictures if isinstance(dataset, PictureDataset) else []
    left_out, images = _left_out(dataset, broken)
    known = bool(files) and all(file.size is not None for file in files)
    return Inspection(
        pictures=whole + len(damaged),
        size_bytes=sum(file.size or 0 for file in files) if known else None,
        other_files=_others(dataset),
        sizes=dict(sizes.most_common()),
        modes=dict(modes.most_common()),
        transparency=dict(transparency.most_common()),
        pixel_art=pixel_art,
        labels=_labels(dataset),
        damaged=damaged,
        unread=dict(dataset.unread) if isinstance(dataset, PictureDataset) else {},
        copies={names[seen[copy]]: names[seen[first]] for copy, first in copies.items()},
        look_alikes={names[seen[copy]]: names[seen[first]] for copy, first in alike.items() if copy not in copies},
        info=dataset.info,
        images=images,
        left_out=left_out,
    )


def _left_out(dataset: Dataset, broken: set[int]) -> tuple[dict[str, int], int]:
    """Return how many pictures are left out, by reason, and how many images remain."""
    if not isinstance(dataset, PictureDataset):
        return {"damaged": len(broken), "copies": 0, "unlabelled": 0}, len(dataset) - len(broken)
    chosen = set(dataset.chosen)
    counts = {
        "damaged": len(broken & (chosen | dataset.unlabelled.numbers)),
        "copies": len((dataset.copies.keys() & chosen) - broken),
        "unlabelled": len(dataset.unlabelled.left_out - broken),
    }
    return counts, len(chosen - broken - dataset.copies.keys())


def samples(dataset: Dataset) -> NDArray[np.uint8]:
    """Return some images as a run would see them, (N, H, W, C) uint8: one row per label, or a dozen rows."""
    rows: dict[int, list[NDArray[np.uint8]]] = {}
    wanted = max(1, min(SAMPLES, dataset.info.labels))
    for index in _spread(dataset):
        images, labels = dataset.read(index, index + 1)
        for position, image in enumerate(images):
            row = rows.setdefault(0 if labels is None else int(labels[position]), [])
            if len(row) < SAMPLES * (SAMPLES if wanted == 1 else 1):
                row.append(image)
    blank = np.zeros((dataset.info.height, dataset.info.width, dataset.info.channels), np.uint8)
    kept = [rows[label] for label in sorted(rows)[:SAMPLES]]
    padded = [row + [blank] * (-len(row) % SAMPLES if len(kept) > 1 else 0) for row in kept]
    return np.stack([image for row in padded for image in row]) if padded else blank[None][:0]


def _spread(dataset: Dataset) -> list[int]:
    """Return the indices of enough images for :func:`samples`, balanced if labels are known without reading."""
    if isinstance(dataset, PictureDataset) and dataset.info.labels:
        of_label: dict[int, list[int]] = {}
        for position, label in enumerate(dataset.labels()):
            of_label.setdefault(label, []).append(position)
        found = [_evenly(positions, 2 * SAMPLES) for _, positions in sorted(of_label.items())[:SAMPLES]]
        return [position for positions in found for position in positions]
    return _evenly(range(len(dataset)), 2 * SAMPLES * SAMPLES)


def _evenly(positions: "range | list[int]", most: int) -> list[int]:
    """Return at most ``most`` positions in random order, so that any beginning of them is spread evenly."""
    chosen = np.unique(np.linspace(0, len(positions) - 1, min(most, len(positions))).astype(int))
    order = np.random.default_rng(0).permutation(len(chosen))
    return [positions[int(chosen[index])] for index in order]


class _Names:
    """Names of pictures by index: their files, or their numbers."""

    def __init__(self, dataset: Dataset) -> None:
        self.files = dataset.pictures if isinstance(dataset, PictureDataset) else None

    def __getitem__(self, index: int) -> str:
        return self.files[index].name if self.files else f"image {index}"


def _count(dataset: Dataset) -> int:
    return len(dataset.pictures) if isinstance(dataset, PictureDataset) else len(dataset)


def _measure_all(dataset: Dataset, report: Report) -> Iterator[tuple[int, ImageStats | str]]:
    """Yield each picture's index with its statistics, or with the reason that it can't be read; in order."""
    count = _count(dataset)
    report(0, count)
    for indices, found in map_slices(count, lambda part: _measure_slice(dataset, part)):
        yield from zip(indices, found, strict=True)
        report(indices.stop, count)


def _measure_slice(dataset: Dataset, indices: range) -> list[ImageStats | str]:
    if isinstance(dataset, PictureDataset):
        return [_measure_one(dataset, index) for index in indices]
    images, _ = dataset.read(indices.start, indices.stop)
    found: list[ImageStats | str] = [
        measure(Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)) for image in images
    ]
    return found + ["left out by the data set"] * (len(indices) - len(found))


def _measure_one(dataset: PictureDataset, index: int) -> ImageStats | str:
    source = None
    try:
        source = dataset.open(dataset.pictures[index].name)
        return measure(source)
    # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
    except Exception as error:
        return unreadable.reason(error, source)


def _labels(dataset: Dataset) -> dict[str, int]:
    names = dataset.info.label_names
    if not names:
        return {}
    if isinstance(dataset, PictureDataset):
        counts = np.bincount(dataset.labels(), minlength=len(names))
    else:
        counts = np.zeros(len(names), np.int64)
        for start in range(0, len(dataset), 1024):
            _, found = dataset.read(start, min(start + 1024, len(dataset)))
            counts += np.bincount(found if found is not None else [], minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def _others(dataset: Dataset) -> dict[str, int]:
    if not isinstance(dataset, PictureDataset):
        return {}
    suffixes = Counter(
        os.path.splitext(file.name)[1].lower() or file.name for file in dataset.all_files if not is_picture(file.name)
    )
    return dict(suffixes.most_common())
