"""What is evaluated: images that a run makes, that hang in an exhibit, that lie in a folder, or that are given."""

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
class Generated:
    """Images to be measured.

    Attributes:
        images: (N, C, H, W) uint8.
        labels: (N,) int64, the labels that were asked for; None if none were.
        origin: what they are, for the record: run, checkpoint, seed, or a path.
        notes: what the user should know of them.
    """

    images: Tensor
    labels: Tensor | None
    origin: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Files:
    """Pictures of an exhibit or a folder.

    Attributes:
        paths: the pictures, in order.
        labels: the label's name of each, or None.
        scale: each pixel was enlarged to ``scale`` x ``scale``.
        origin: see :class:`Generated`.
    """

    paths: list[Path]
    labels: list[str | None]
    origin: dict[str, Any]
    scale: int = 1
    notes: list[str] = field(default_factory=list)


def draw(sampler: Sampler, n: int, seed: int, origin: dict[str, Any], progress: Progress) -> Generated:
    """Images 0 to ``n - 1`` of a seed; a conditional model is asked for all labels in turn."""
    conditional = bool(sampler.model.conditional and sampler.info.labels)
    images = torch.empty(n, *sampler.info.shape, dtype=torch.uint8)
    labels = torch.empty(n, dtype=torch.int64)
    for drawn in sampler.draw(range(n), seed, "each" if conditional else None, score=False):
        images[torch.from_numpy(drawn.positions)] = drawn.images
        if drawn.labels is not None:
            labels[torch.from_numpy(drawn.positions)] = torch.from_numpy(drawn.labels)
        progress(len(drawn.positions))
    return Generated(images, labels if conditional else None, {**origin, "seed": seed})


def exhibit_files(exhibit: Exhibit) -> Files:
    """The pictures of an exhibit."""
    lines = list(exhibit.metadata())
    labels = [line.get("label_name") for line in lines]
    origin = {key: exhibit.record.get(key) for key in ("run", "checkpoint", "seed")}
    scale = int(exhibit.record.get("request", {}).get("scale") or 1)
    curated = exhibit.record.get("request", {}).get("curate")
    found = Files(
        [exhibit.path / line["file_name"] for line in lines], labels, {"exhibit": exhibit.name, **origin}, scale
    )
    if curated:
        found.notes.append("The exhibit is curated: its images are the best of many, and not what the model makes.")
    return found


def folder_files(folder: Path) -> Files:
    """The pictures in a folder and its sub-folders, whose names may be labels. Raises :class:`UserError`."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise UserError(f"{folder} holds no pictures (looked for {', '.join(sorted(SUFFIXES))}).")
    labels = [path.parent.name if path.parent != folder else None for path in paths]
    return Files(paths, labels, {"folder": str(folder)})


def read(files: Files, info: ImageInfo, n: int, progress: Progress, strict: bool = False) -> Generated:
    """The first ``n`` pictures in the shape of the real images; others are brought to it, which is noted.

    Those that can't be read are left out, which is noted too.

    Raises:
        Unreadable: if ``strict``, for the first that can't be read.
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
                    unreadable.forbid("what is measured", damaged)
                continue
            pixels, changed = one
            images[len(kept)] = torch.from_numpy(pixels.copy()).permute(2, 0, 1)
            kept.append(name)
            resized += changed
    notes = [*files.notes, *unreadable.notes(len(paths), damaged, {}, {}, False, [])]
    if not kept:
        raise UserError(" ".join(["There is nothing to measure.", *notes]))
    if resized:
        notes.append(
            f"{resized:,} of {len(paths):,} pictures were of another size and were brought to "
            f"{info.width}x{info.height}; figures of resized pictures compare with nothing else."
        )
    return Generated(images[: len(kept)], _numbers(kept, info), files.origin, tuple(notes))


def given(images: Any, labels: Any, info: ImageInfo) -> Generated:
    """Images that a program hands over: uint8 (N, C, H, W), a tensor or an array. Raises :class:`UserError`."""
    tensor = torch.as_tensor(np.asarray(images))
    if tensor.ndim == 3 and info.channels == 1:
        tensor = tensor[:, None]
    if tensor.dtype != torch.uint8 or tensor.ndim != 4 or tuple(tensor.shape[1:]) != info.shape:
        raise UserError(
            f"Images of shape {tuple(tensor.shape)} and type {str(tensor.dtype).removeprefix('torch.')} can't be "
            f"compared: they should be uint8 (N, {', '.join(map(str, info.shape))})."
        )
    numbers = None if labels is None else torch.as_tensor(np.asarray(labels)).long()
    if numbers is not None and (len(numbers) != len(tensor) or not info.labels or int(numbers.max()) >= info.labels):
        raise UserError(f"labels should be {len(tensor)} numbers from 0 to {info.labels - 1}.")
    return Generated(tensor, numbers, {"images": "given"})


def run_origin(run: "RunFolder", checkpoint: Path) -> dict[str, Any]:
    """What a record says of images that a run makes."""
    from artgan.runs.checkpoint_file import load_progress

    return {"run": run.name, "checkpoint": checkpoint.name, "step": load_progress(checkpoint).step}


def is_exhibit(folder: Path) -> bool:
    """Whether a folder is an exhibit."""
    return (folder / RECORD).is_file()


def _try(path: Path, scale: int, info: ImageInfo) -> tuple[NDArray[np.uint8], bool] | str:
    """The picture, and whether its size was changed; or why it can't be read."""
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
    """Numbers of label names, if every picture has one that the real images have too."""
    known = {name: number for number, name in enumerate(info.label_names)}
    found = [known[name] for name in names if name in known]
    return torch.tensor(found) if found and len(found) == len(names) else None
