"""CIFAR-10: 60,000 photographs in ten classes, 32x32, RGB (Krizhevsky 2009)."""

import gzip
import hashlib
import math
import pickletools
import shutil
import tarfile
import threading
import uuid
import zlib
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.data.dataset import Report
from artgan.data.download import download
from artgan.data.resize import resize

KINDS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
ARCHIVE_BYTES = 170_498_071
IMAGES_PER_BATCH = 10_000
TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
BATCHES = {"train": TRAIN, "test": ("test_batch",), "all": (*TRAIN, "test_batch")}
# In the archive. Beside the batches, what torchvision reads of the same folder, and what is for people to read.
FILES = {PurePosixPath(FOLDER, name) for name in (*BATCHES["all"], "batches.meta", "readme.html")}


class CIFAR10(artgan.Dataset):
    """Reads the files that torchvision keeps in ``data_dir/cifar-10-batches-py``, verified with its checksums."""

    class Options(artgan.Options):
        split: Literal["train", "test", "all"] = artgan.Field(
            "train", description="which images to use: the training images, the test images, or both"
        )

    licence = "none stated by its authors; they ask to cite Krizhevsky 2009"
    homepage = "https://www.cs.toronto.edu/~kriz/cifar.html"
    native = (artgan.ImageInfo(3, 32, 32, KINDS), 50_000)

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]] = {}

    @property
    def folder(self) -> Path:
        return self.data_dir / FOLDER

    def on_disk(self) -> bool:
        return all((self.folder / name).is_file() for name in BATCHES[self.options.split])

    def fetch(self, report: Report) -> None:
        if self.on_disk():
            return
        from torchvision import datasets  # slow to import, and only needed to download

        archive = self.data_dir / ARCHIVE
        found = archive.exists()
        try:
            download(
                [datasets.CIFAR10.url],
                archive,
                datasets.CIFAR10.tgz_md5,
                lambda done: report(done, ARCHIVE_BYTES),
            )
        except artgan.ArtganError as error:
            raise artgan.UserError(
                f"CIFAR-10 isn't in {self.data_dir} and can't be downloaded ({error}). Put {ARCHIVE} into "
                f"{self.data_dir.absolute()}. `artgan datasets` shows which data sets need no download."
            ) from error
        self._unpack(archive)
        if not found:
            archive.unlink()

    @property
    def info(self) -> artgan.ImageInfo:
        return artgan.ImageInfo(3, self.size or 32, self.size or 32, KINDS)

    def held_out(self) -> artgan.Dataset | None:
        if self.options.split != "train":
            return None
        return type(self)(self.options.model_copy(update={"split": "test"}), self.data_dir, self.size)

    def __len__(self) -> int:
        return IMAGES_PER_BATCH * len(BATCHES[self.options.split])

    def fingerprint(self) -> str:
        stats = [(name, (self.folder / name).stat()) for name in BATCHES[self.options.split]]
        return f"cifar10 1 {self.size} {[(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        images, labels = [], []
        for number, name in enumerate(BATCHES[self.options.split]):
            first = number * IMAGES_PER_BATCH
            if start < first + IMAGES_PER_BATCH and stop > first:
                part = slice(max(start - first, 0), stop - first)
                batch_images, batch_labels = self._batch(name)
                images.append(batch_images[part])
                labels.append(batch_labels[part])
        pixels = np.concatenate(images).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return resize(pixels, self.size or 32), np.concatenate(labels)

    def _batch(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        with self._lock:
            if name not in self._loaded:
                # Slices are read in order, so at most a batch and its neighbour are needed at once.
                while len(self._loaded) > 1:
                    self._loaded.pop(next(iter(self._loaded)))
                self._loaded[name] = _load(self.folder / name)
            return self._loaded[name]

    def _unpack(self, archive: Path) -> None:
        work = self.data_dir / f".{FOLDER}-{uuid.uuid4().hex}"
        try:
            work.mkdir()
            found = _extract(archive, work)
            if missing := [name for name in BATCHES["all"] if name not in found]:
                raise _damaged(archive, f"it lacks {', '.join(missing)}")
            self.folder.mkdir(exist_ok=True)
            for name in found:
                (work / name).replace(self.folder / name)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise _damaged(archive, str(error).partition(":\n")[0]) from error
        except OSError as error:
            raise artgan.UserError(
                f"{archive} can't be unpacked into {self.data_dir}: {error.strerror or error}. "
                f"Unpack it by hand, or choose another --data-dir."
            ) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _extract(archive: Path, folder: Path) -> list[str]:
    """Copy the files of the data set out of ``archive`` into ``folder``, and return their names.

    Other members are left alone, and nothing in the archive has a say in where a file goes or what it is: links,
    devices and paths that lead elsewhere are never followed. The filters of :mod:`tarfile` would do as well, but
    Python has had them since 3.11.4 only.
    """
    found = []
    with tarfile.open(archive) as tar:
        for member in tar:
            name = PurePosixPath(member.name).name
            content = tar.extractfile(member) if PurePosixPath(member.name) in FILES and member.isreg() else None
            if content is not None:
                with content, (folder / name).open("wb") as file:
                    shutil.copyfileobj(content, file)
                found.append(name)
    return found


def _load(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Load a batch: images (10000, 3072) uint8, labels (10000,) int64. Its checksum must be torchvision's."""
    from torchvision import datasets  # slow to import, and not needed once the images are prepared

    published = dict([*datasets.CIFAR10.train_list, *datasets.CIFAR10.test_list])
    try:
        content = path.read_bytes()
    except OSError as error:
        raise artgan.UserError(f"CIFAR-10: {path} can't be read: {error.strerror or error}.") from error
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != published[path.name]:
        raise _damaged(path, f"its {len(content):,} bytes don't have the published MD5")
    try:
        return _pick(content)
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _pick(content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Extract pixels and labels from a batch without unpickling it, since a pickle can run any code.

    Scan the instructions of the pickle for the numbers after the key "labels", and for the only string that is as long
    as all pixels.

    Raises:
        ValueError: if they aren't found.
    """
    shape = (IMAGES_PER_BATCH, 3 * 32 * 32)
    pixels, labels, latest = b"", list[int](), b""
    for instruction, argument, _ in pickletools.genops(content):
        if isinstance(argument, (str, bytes)):
            latest = argument.encode("latin1") if isinstance(argument, str) else argument
            if len(latest) == math.prod(shape):
                pixels = latest
        elif latest == b"labels" and instruction.name in ("BININT", "BININT1", "BININT2") and argument is not None:
            labels.append(argument)
    if not pixels or len(labels) != IMAGES_PER_BATCH:
        raise ValueError("it doesn't contain images and labels")
    return np.frombuffer(pixels, np.uint8).reshape(shape), np.array(labels, np.int64)


def _damaged(path: Path, why: str) -> artgan.UserError:
    return artgan.UserError(f"CIFAR-10: {path} is damaged ({why}). Delete it and start again to download it anew.")
