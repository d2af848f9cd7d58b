"""Read a data set, and compare what comes with what it declares."""

import json
import types
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
from numpy.typing import NDArray

from artgan.data.dataset import Dataset, ImageInfo
from artgan.errors import UserError
from artgan.plugins.options import Options
from artgan.testing.expect import Unchecked, calling, expect

Images = NDArray[np.uint8]
Labels = NDArray[np.int64] | None

CHANNELS = (1, 3, 4)
OTHER_SIZE = 16


def open_dataset(kind: type[Dataset], options: Options, folder: Path, size: int | None, download: bool) -> Dataset:
    """Open and fetch a data set; raise unless it is on this disk or may be downloaded."""
    name = kind.__name__
    with calling(f"{name}(options, data_dir, size={size})"):
        opened = kind(options, folder, size)
    with calling(f"{name}.on_disk()"):
        there = opened.on_disk()
    expect(isinstance(there, bool), f"{name}.on_disk() returned {there!r}, not a bool.")
    if not (there or download):
        raise Unchecked(f"its files aren't in {folder}")
    with calling(f"{name}.fetch()"):
        opened.fetch(lambda done, total: None)
    expect(opened.on_disk(), f"{name}.on_disk() is False after fetch().")
    return opened


def check_info(dataset: Dataset, size: int | None) -> ImageInfo:
    """Check that the data set describes its images, and return the description."""
    name = type(dataset).__name__
    with calling(f"{name}.info"):
        info = dataset.info
    expect(isinstance(info, ImageInfo), f"{name}.info is a {type(info).__name__}, not an artgan.ImageInfo.")
    expect(
        info.channels in CHANNELS and info.height > 0 and info.width > 0,
        f"{name}.info has {info.channels} channels, {info.height}x{info.width}; channels must be 1, 3 or 4.",
    )
    labels = info.label_names
    expect(
        isinstance(labels, tuple) and all(isinstance(label, str) and label for label in labels),
        f"{name}.info.label_names is {labels!r}, not a tuple of strings.",
    )
    expect(len(set(labels)) == len(labels), f"{name}.info.label_names contains duplicates: {labels!r}.")
    if size is not None:
        expect(
            (info.height, info.width) == (size, size),
            f"{name} was asked for size={size}, but its info declares {info.height}x{info.width}. If it can't be "
            "resized, raise artgan.UserError.",
        )
    return info


def check_count(dataset: Dataset) -> int:
    """Check that there are images, and return how many."""
    name = type(dataset).__name__
    with calling(f"len() of {name}"):
        count = len(dataset)
    expect(count > 0, f"{name} has no images.")
    return count


def check_native(kind: type[Dataset], one: Dataset, options: Mapping[str, Any] | None, size: int | None) -> None:
    """Check that what the class declares of its images is so."""
    if kind.native is None or options or size is not None:
        return
    known, count = kind.native
    expect(
        known == one.info and count == len(one),
        f"{kind.__name__}.native declares {known} and {count} images, but there are {len(one)} images of {one.info}.",
    )


def read(dataset: Dataset, start: int, stop: int) -> tuple[Images, Labels]:
    """Read a range of images, and check their shape, type and labels."""
    info, what = dataset.info, f"{type(dataset).__name__}.read({start}, {stop})"
    with calling(what):
        returned = dataset.read(start, stop)
    expect(
        isinstance(returned, tuple) and len(returned) == 2,
        f"{what} returned a {type(returned).__name__}, not the pair (images, labels).",
    )
    images, labels = returned
    shape = (info.height, info.width, info.channels)
    expect(isinstance(images, np.ndarray), f"{what} returned images as a {type(images).__name__}, not an array.")
    expect(images.dtype == np.uint8, f"{what} returned images of {images.dtype}, not uint8 (0 to 255).")
    expect(
        images.ndim == 4 and images.shape[1:] == shape and len(images) <= stop - start,
        f"{what} returned images of shape {images.shape}, not ({stop - start}, {', '.join(map(str, shape))}).",
    )
    if not info.labels:
        expect(labels is None, f"{what} returned labels, but info.label_names is empty.")
        return images, None
    expect(
        isinstance(labels, np.ndarray) and labels.dtype == np.int64 and labels.shape == (len(images),),
        f"{what} should return labels ({len(images)},) int64, but returned {_describe(labels)}.",
    )
    assert labels is not None
    if len(labels):
        low, high = int(labels.min()), int(labels.max())
        expect(
            low >= 0 and high < info.labels,
            f"{what} returned labels from {low} to {high}, but label_names has only 0 to {info.labels - 1}.",
        )
    return images, labels


def check_content(dataset: Dataset, found: tuple[Images, Labels]) -> None:
    """Check that the images use the range of uint8 and differ from each other."""
    name, images = type(dataset).__name__, found[0]
    if len(images) < 2:
        return
    expect(
        images.max() > 1,
        f"{name}: no value in the first {len(images)} images is above 1; uint8 images range from 0 to 255.",
    )
    expect((images != images[0]).any(), f"{name}: the first {len(images)} images are all the same.")


def check_slices(one: Dataset, again: Dataset, found: tuple[Images, Labels], count: int) -> None:
    """Check that images are the same for any slices, order, instance and thread."""
    name, stop = type(one).__name__, min(len(found[0]), count)
    cut = stop // 3
    parts = [(0, cut), (cut, stop)] if cut else [(0, stop)]
    for reader, order, how in ((one, parts, "in slices"), (again, parts[::-1], "by another instance, backwards")):
        pieces = {part: read(reader, *part) for part in order}
        _expect_equal([pieces[part] for part in parts], found, f"{name}.read() returned different images {how}.")
    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda part: (part, read(one, *part)), parts * 4))
    for turn in range(4):
        pieces = dict(rounds[turn * len(parts) : (turn + 1) * len(parts)])
        _expect_equal(
            [pieces[part] for part in parts], found, f"{name}.read() returned different images in several threads."
        )
    read(one, max(0, count - 3), count)


def _expect_equal(pieces: list[tuple[Images, Labels]], found: tuple[Images, Labels], message: str) -> None:
    advice = " What it returns must depend only on start, stop and the arguments of __init__."
    images = np.concatenate([piece[0] for piece in pieces])
    expect(np.array_equal(images, found[0]), message + advice)
    labels = [piece[1] for piece in pieces if piece[1] is not None]
    if found[1] is not None:
        expect(np.array_equal(np.concatenate(labels), found[1]), message.replace("images", "labels") + advice)


def check_fingerprint(one: Dataset, again: Dataset) -> None:
    """Check that equal data sets have equal fingerprints, and that asking changes nothing."""
    name = type(one).__name__
    with calling(f"{name}.fingerprint()"):
        prints = [one.fingerprint(), one.fingerprint(), again.fingerprint()]
    expect(
        all(isinstance(text, str) and text for text in prints),
        f"{name}.fingerprint() returned {prints[0]!r}, not a string.",
    )
    expect(
        prints[0] == prints[1] == prints[2],
        f"{name}.fingerprint() isn't stable, so the images would be prepared again every time.",
    )


def check_variant(one: Dataset, other: Dataset, changed: str, found: tuple[Images, Labels]) -> None:
    """Check that an option which changes the images changes the fingerprint."""
    if _identity(one) != _identity(other):
        return
    images, labels = read(other, 0, min(len(found[0]), len(other)))
    same_labels = labels is found[1] is None or np.array_equal(labels, found[1])  # type: ignore[arg-type]
    expect(
        np.array_equal(images, found[0]) and same_labels,
        f"{type(one).__name__}: {changed} changes the images but not fingerprint(), so the previously prepared "
        "images would be used.",
    )


def check_held_out(one: Dataset, found: tuple[Images, Labels], download: bool) -> None:
    """Check held-out images: of the same kind as the others, but different."""
    what = f"{type(one).__name__}.held_out()"
    with calling(what):
        held_out = one.held_out()
    if held_out is None:
        return
    expect(isinstance(held_out, Dataset), f"{what} returned {held_out!r}, neither an artgan.Dataset nor None.")
    if not (held_out.on_disk() or download):
        raise Unchecked("the files of its held-out images aren't here")
    with calling(f"{what}.fetch()"):
        held_out.fetch(lambda done, total: None)
    expect(
        held_out.info == one.info,
        f"{what} has images of {held_out.info}, but those that models learn from are {one.info}: they can't be "
        "compared.",
    )
    expect(_identity(held_out) != _identity(one), f"{what} has the fingerprint of the images that models learn from.")
    images, _ = read(held_out, 0, min(len(found[0]), check_count(held_out)))
    known = {image.tobytes() for image in found[0]}
    shared = sum(image.tobytes() in known for image in images)
    expect(
        2 * shared <= len(images),
        f"{what}: {shared} of its first {len(images)} images are among the first that models learn from. A model "
        "that memorised them would score well.",
    )


def _identity(dataset: Dataset) -> str:
    """Return the key of prepared images."""
    return json.dumps([asdict(dataset.info), len(dataset), dataset.fingerprint()], sort_keys=True)


def variants(
    kind: type[Dataset], options: Options, folder: Path, size: int | None, download: bool
) -> Iterator[tuple[str, Dataset]]:
    """Yield the data set with one option changed at a time, as far as values can be guessed, and in another size."""
    for name, field in kind.Options.model_fields.items():
        for value in _others(field.annotation, getattr(options, name)):
            try:
                changed = kind.Options(**{**options.model_dump(), name: value})
                other = kind(changed, folder, size)
                if not (other.on_disk() or download):
                    continue
                other.fetch(lambda done, total: None)
            except (ValueError, UserError):  # out of range, or in conflict with the other options
                continue
            yield f"{name}={value}", other
    try:
        other = kind(options, folder, OTHER_SIZE)
        other.fetch(lambda done, total: None)
    except UserError:
        return
    check_info(other, OTHER_SIZE)
    yield f"size={OTHER_SIZE}", other


def _others(annotation: Any, value: Any) -> Iterator[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        for argument in arguments:
            yield from _others(argument, value)
    elif origin is Literal:
        yield from (choice for choice in arguments if choice != value)
    elif annotation is bool:
        yield not value
    elif annotation in (int, float) and isinstance(value, (int, float)):
        yield from (annotation(value + step) for step in (1, -1, 0.25) if annotation(value + step) != value)


def _describe(value: object) -> str:
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
