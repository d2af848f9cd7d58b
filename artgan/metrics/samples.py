"""Images to evaluate: drawn from a run, read from an exhibit or a folder, or passed in as arrays."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from artgan.data import unreadable
from artgan.data.dataset import ImageInfo
from artgan.data.picture import SUFFIXES, decode, to_mode
from artgan.errors import UserError
from artgan.gallery.exhibit import RECORD, Exhibit
from artgan.metrics.extractor import Progress
from artgan.sampling.sampler import Sampler

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

READERS = min(16, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedImages:
    """Images to evaluate.

    Attributes:
        images: (N, C, H, W) uint8.
        labels: (N,) int64, the requested labels; None if there are none.
        origin: where they come from, for the record: run, checkpoint, seed, or a path.
        notes: what the user should know about them.
    """

    images: Tensor
    labels: Tensor | None
    origin: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class ImageFiles:
    """Image files of an exhibit or a folder.

    Attributes:
        paths: the files, in order.
        labels: the label name of each, or None.
        origin: see :class:`GeneratedImages`.
        scale: each pixel was enlarged to ``scale`` x ``scale``.
        notes: what the user should know about them.
    """

    paths: list[Path]
    labels: list[str | None]
    origin: dict[str, Any]
    scale: int = 1
    notes: list[str] = field(default_factory=list)


def draw(sampler: Sampler, n: int, seed: int, origin: dict[str, Any], progress: Progress) -> GeneratedImages:
    """Draw images 0 to ``n - 1`` of a seed; ask a conditional model for all labels in turn."""
    conditional = bool(sampler.model.conditional and sampler.info.labels)
    images = torch.empty(n, *sampler.info.shape, dtype=torch.uint8)
    labels = torch.empty(n, dtype=torch.int64)
    for drawn in sampler.draw(range(n), seed, "each" if conditional else None, score=False):
        images[torch.from_numpy(drawn.positions)] = drawn.images
        if drawn.labels is not None:
            labels[torch.from_numpy(drawn.positions)] = torch.from_numpy(drawn.labels)
        progress(len(drawn.positions))
    return GeneratedImages(images, labels if conditional else None, {**origin, "seed": seed})


def exhibit_files(exhibit: Exhibit) -> ImageFiles:
    """List the images of an exhibit."""
    lines = list(exhibit.metadata())
    labels = [line.get("label_name") for line in lines]
    origin = {key: exhibit.record.get(key) for key in ("run", "checkpoint", "seed")}
    scale = int(exhibit.record.get("request", {}).get("scale") or 1)
    curated = exhibit.record.get("request", {}).get("curate")
    found = ImageFiles(
        [exhibit.path / line["file_name"] for line in lines], labels, {"exhibit": exhibit.name, **origin}, scale
    )
    if curated:
        found.notes.append("The exhibit is curated: its images are the best of many, not typical of the model.")
    return found


def folder_files(folder: Path) -> ImageFiles:
    """List the images in a folder and its subfolders, whose names may be labels.

    Raises:
        UserError: if there are none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise UserError(f"{folder} contains no images (looked for {', '.join(sorted(SUFFIXES))}).")
    labels = [path.parent.name if path.parent != folder else None for path in paths]
    return ImageFiles(paths, labels, {"folder": str(folder)})


def read(files: ImageFiles, info: ImageInfo, n: int, progress: Progress, strict: bool = False) -> GeneratedImages:
    """Read the first ``n`` images; resize them to the shape of the real ones, and note that.

    Images that can't be read are skipped, which is noted too.

    Raises:
        Unreadable: if ``strict``, for the first image that can't be read.
        UserError: if none can be read.
    """
    paths, names = files.paths[:n], files.labels[:n]
    images = torch.empty(len(paths), *info.shape, dtype=torch.uint8)
    resized = 0
    kept: list[str | None] = []
    damaged: dict[str, str] = {}
    with ThreadPoolExecutor(READERS, thread_name_prefix="artgan-read") as pool:
        found = pool.map(lambda path: _try(path, files.scale, info), paths)
        for path, name, one in zip(paths, names, found, strict=True):
            progress(1)
            if isinstance(one, str):
                damaged[str(path)] = one
                if strict:
                    unreadable.raise_first("what is measured", damaged)
                continue
            pixels, changed = one
            images[len(kept)] = torch.from_numpy(pixels.copy()).permute(2, 0, 1)
            kept.append(name)
            resized += changed
    notes = [*files.notes, *unreadable.notes(len(paths), damaged, {}, {}, False, [])]
    if not kept:
        raise UserError(" ".join(["No images to evaluate.", *notes]))
    if resized:
        notes.append(
            f"{resized:,} of {len(paths):,} images had a different size and were resized to "
            f"{info.width}x{info.height}; metrics of resized images aren't comparable with any others."
        )
    return GeneratedImages(images[: len(kept)], _numbers(kept, info), files.origin, tuple(notes))


def from_arrays(images: Any, labels: Any, info: ImageInfo) -> GeneratedImages:
    """Check images passed in by a program: uint8 (N, C, H, W), a tensor or an array, and labels (N,) or None.

    Raises:
        UserError: if their shape, type or labels don't fit the real images.
    """
    tensor = torch.as_tensor(np.asarray(images))
    if tensor.ndim == 3 and info.channels == 1:
        tensor = tensor[:, None]
    if tensor.dtype != torch.uint8 or tensor.ndim != 4 or tuple(tensor.shape[1:]) != info.shape:
        raise UserError(
            f"Images must be uint8 of shape (N, {', '.join(map(str, info.shape))}), not "
            f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}."
        )
    numbers = None if labels is None else torch.as_tensor(np.asarray(labels)).long()
    if numbers is not None and (len(numbers) != len(tensor) or not info.labels or int(numbers.max()) >= info.labels):
        raise UserError(f"labels must be {len(tensor)} numbers between 0 and {info.labels - 1}.")
    return GeneratedImages(tensor, numbers, {"images": "given"})


def run_origin(run: "RunFolder", checkpoint: Path) -> dict[str, Any]:
    """Return the origin of images that a run makes, for the record."""
    from artgan.runs.checkpoint_file import load_progress

    return {"run": run.name, "checkpoint": checkpoint.name, "step": load_progress(checkpoint).step}


def is_exhibit(folder: Path) -> bool:
    """Return True if a folder is an exhibit."""
    return (folder / RECORD).is_file()


def _try(path: Path, scale: int, info: ImageInfo) -> tuple[NDArray[np.uint8], bool] | str:
    """Read an image; return it and True if it was resized, or the reason why it can't be read."""
    try:
        return _read(path, scale, info)
    # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
    except Exception as error:
        return unreadable.reason(error, path)


def _read(path: Path, scale: int, info: ImageInfo) -> tuple[NDArray[np.uint8], bool]:
    picture: Image.Image = decode(path, lambda whole: to_mode(whole, info.channels, "white"))
    changed = False
    if scale > 1:
        picture = picture.resize((picture.width // scale, picture.height // scale), Image.Resampling.NEAREST)
    if picture.size != (info.width, info.height):
        picture, changed = picture.resize((info.width, info.height), Image.Resampling.LANCZOS), True
    return np.asarray(picture, np.uint8).reshape(info.height, info.width, info.channels), changed


def _numbers(names: list[str | None], info: ImageInfo) -> Tensor | None:
    """Return label numbers by name, if every image has a label that the real images have too."""
    known = {name: number for number, name in enumerate(info.label_names)}
    found = [known[name] for name in names if name in known]
    return torch.tensor(found) if found and len(found) == len(names) else None
