"""Base of data sets in MNIST's file format (IDX): finds, downloads, checks and reads the files."""

import gzip
import threading
import zlib
from abc import abstractmethod
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.data.dataset import Report
from artgan.data.download import download
from artgan.data.resize import resize

IMAGES_MAGIC, LABELS_MAGIC = 0x803, 0x801
SPLITS = {"train": ("train",), "test": ("t10k",), "all": ("train", "t10k")}


class Options(artgan.Options):
    split: Literal["train", "test", "all"] = artgan.Field(
        "train", description="which images to use: the training images, the test images, or both"
    )


class IdxDataset(artgan.Dataset):
    """Base class of data sets whose grey images and labels are in IDX files in the places that torchvision uses.

    It reads files from ``data_dir/<folder>/raw``, unpacked or as ``.gz``, and downloads missing ones there.

    Class attributes:
        title: the data set's name in messages.
        folder: name of the folder in ``data_dir``, which is torchvision's name of the class.
        label_names: names of the labels, in order.
        archive_bytes: size of each ``.gz`` file, by the name of the file inside.
    """

    Options = Options
    title: ClassVar[str]
    folder: ClassVar[str]
    label_names: ClassVar[tuple[str, ...]]
    archive_bytes: ClassVar[dict[str, int]]

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._lock = threading.Lock()
        self._parts: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]] | None = None

    @classmethod
    @abstractmethod
    def source(cls) -> tuple[list[str], dict[str, str]]:
        """Return the URLs of folders with the files, and the MD5 of each ``.gz`` by name."""

    @property
    def raw(self) -> Path:
        return self.data_dir / self.folder / "raw"

    def on_disk(self) -> bool:
        return all(self._find(name) for name in self._names())

    def fetch(self, report: Report) -> None:
        missing = [name for name in self._names() if not self._find(name)]
        if missing:
            self._download(missing, report)
        self._load()

    @property
    def info(self) -> artgan.ImageInfo:
        _, height, width = self._load()[0][0].shape
        return artgan.ImageInfo(1, self.size or height, self.size or width, self.label_names)

    def held_out(self) -> artgan.Dataset | None:
        if self.options.split != "train":
            return None
        return type(self)(self.options.model_copy(update={"split": "test"}), self.data_dir, self.size)

    def __len__(self) -> int:
        return sum(len(labels) for _, labels in self._load())

    def fingerprint(self) -> str:
        stats = [(path.name, path.stat()) for name in self._names() if (path := self._find(name))]
        return f"idx 1 {self.size} {[(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        images, labels, first = [], [], 0
        for part_images, part_labels in self._load():
            part = slice(max(start - first, 0), max(stop - first, 0))
            images.append(part_images[part])
            labels.append(part_labels[part])
            first += len(part_labels)
        pixels = np.concatenate(images)[..., None]
        if self.size:
            pixels = resize(pixels, self.size)
        return pixels, np.concatenate(labels).astype(np.int64)

    def _names(self) -> list[str]:
        parts = SPLITS[self.options.split]
        return [f"{part}-{what}" for part in parts for what in ("images-idx3-ubyte", "labels-idx1-ubyte")]

    def _find(self, name: str) -> Path | None:
        return next((path for path in (self.raw / name, self.raw / f"{name}.gz") if path.is_file()), None)

    def _download(self, names: list[str], report: Report) -> None:
        total = sum(self.archive_bytes[name] for name in names)
        done = 0
        folders, checksums = self.source()
        for name in names:
            archive = f"{name}.gz"
            try:
                download(
                    [folder + archive for folder in folders],
                    self.raw / archive,
                    checksums[archive],
                    partial(_report_from, report, done, total),
                )
            except artgan.ArtganError as error:
                raise artgan.UserError(
                    f"{self.title} isn't in {self.data_dir} and can't be downloaded ({error}). "
                    f"Put {', '.join(names)} (or these with .gz) into {self.raw.absolute()}. "
                    "`artgan datasets` shows which data sets need no download."
                ) from error
            done += self.archive_bytes[name]

    def _load(self) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        with self._lock:
            if self._parts is None:
                names = self._names()
                parts = []
                for images_name, labels_name in zip(names[::2], names[1::2], strict=True):
                    images = self._open(images_name, IMAGES_MAGIC, 3)
                    labels = self._open(labels_name, LABELS_MAGIC, 1)
                    if len(images) != len(labels):
                        raise self._corrupt(
                            self._find(labels_name), f"{len(labels):,} labels for {len(images):,} images"
                        )
                    parts.append((images, labels))
                self._parts = parts
            return self._parts

    def _open(self, name: str, magic: int, axes: int) -> NDArray[np.uint8]:
        path = self._find(name)
        if path is None:
            raise artgan.UserError(f"{self.title} is incomplete: {self.raw.absolute() / name} is missing.")
        try:
            if path.suffix == ".gz":
                content: NDArray[np.uint8] = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8)
            else:
                content = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._corrupt(path, str(error)) from error
        except OSError as error:
            raise artgan.UserError(f"{self.title}: {path} can't be read: {error.strerror or error}.") from error
        header_bytes = 4 + 4 * axes
        header = np.frombuffer(content[:header_bytes].tobytes().ljust(header_bytes, b"\0"), ">u4")
        if header[0] != magic:
            raise self._corrupt(path, "it doesn't start like an IDX file")
        shape = tuple(int(length) for length in header[1:])
        expected = header_bytes + int(np.prod(shape, dtype=object))
        if len(content) != expected:
            raise self._corrupt(path, f"it has {len(content):,} bytes, but its header says {expected:,}")
        return content[header_bytes:].reshape(shape)

    def _corrupt(self, path: Path | None, why: str) -> artgan.UserError:
        return artgan.UserError(
            f"{self.title}: {path} is damaged ({why}). Delete it and start again to download it anew."
        )


def _report_from(report: Report, before: int, total: int, here: int) -> None:
    report(before + here, total)
