"""MedMNIST: eighteen data sets of small medical images (Yang et al. 2023), twelve of which are two-dimensional."""

import threading
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.data.dataset import Report
from artgan.data.download import download
from artgan.data.resize import resize

Name = Literal[
    "pathmnist",
    "chestmnist",
    "dermamnist",
    "octmnist",
    "pneumoniamnist",
    "retinamnist",
    "breastmnist",
    "bloodmnist",
    "tissuemnist",
    "organamnist",
    "organcmnist",
    "organsmnist",
]


class MedMNIST(artgan.Dataset):
    """Reads the ``.npz`` files of the package medmnist, which knows their URLs and the names of the labels."""

    class Options(artgan.Options):
        name: Name = artgan.Field("pathmnist", description="which of the twelve data sets")
        pixels: Literal[28, 64, 128, 224] = artgan.Field(28, description="which of the published sizes")
        split: Literal["train", "val", "test", "all"] = artgan.Field("train", description="which images to use")

    licence = "CC BY 4.0 (dermamnist: CC BY-NC 4.0), see its homepage"
    homepage = "https://medmnist.com"

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._lock = threading.Lock()
        self._loaded: tuple[NDArray[np.uint8], NDArray[np.int64] | None] | None = None

    @property
    def file(self) -> Path:
        pixels = "" if self.options.pixels == 28 else f"_{self.options.pixels}"
        return self.data_dir / "MedMNIST" / f"{self.options.name}{pixels}.npz"

    def on_disk(self) -> bool:
        return self.file.is_file()

    def fetch(self, report: Report) -> None:
        about = self._about()
        pixels = "" if self.options.pixels == 28 else f"_{self.options.pixels}"
        try:
            download([about[f"url{pixels}"]], self.file, about[f"MD5{pixels}"], lambda done: report(done, None))
        except artgan.ArtganError as error:
            raise artgan.UserError(
                f"{self.options.name} isn't in {self.file.parent} and can't be downloaded ({error}). Put "
                f"{self.file.name} there."
            ) from error
        self._load()

    @property
    def info(self) -> artgan.ImageInfo:
        images, labels = self._load()
        about = self._about()
        names = tuple(str(about["label"][str(number)]) for number in range(len(about["label"])))
        edge = self.size or images.shape[1]
        return artgan.ImageInfo(images.shape[3], edge, edge, names if labels is not None else ())

    def held_out(self) -> artgan.Dataset | None:
        if self.options.split != "train":
            return None
        return type(self)(self.options.model_copy(update={"split": "test"}), self.data_dir, self.size)

    def __len__(self) -> int:
        return len(self._load()[0])

    def fingerprint(self) -> str:
        stat = self.file.stat()
        return f"medmnist 1 {self.size} {self.options.model_dump_json()} {stat.st_size} {stat.st_mtime_ns}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        images, labels = self._load()
        return resize(images[start:stop], self.info.height), None if labels is None else labels[start:stop]

    def _about(self) -> dict[str, Any]:
        try:
            from medmnist.info import INFO
        except ImportError as error:
            raise artgan.UserError("MedMNIST needs the package medmnist: pip install 'artgan[medmnist]'.") from error
        return dict(INFO[self.options.name])

    def _load(self) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        """Return images (N, H, W, C) and labels (N,), or None for data sets with several labels per image."""
        with self._lock:
            if self._loaded is None:
                parts = ("train", "val", "test") if self.options.split == "all" else (self.options.split,)
                try:
                    with np.load(self.file, allow_pickle=False) as found:
                        images = np.concatenate([found[f"{part}_images"] for part in parts])
                        labels = np.concatenate([found[f"{part}_labels"] for part in parts])
                except (OSError, ValueError, KeyError, EOFError) as error:
                    raise artgan.UserError(
                        f"{self.file} is damaged ({error}). Delete it and start again to download it anew."
                    ) from error
                single = labels[:, 0].astype(np.int64) if labels.shape[1] == 1 else None
                self._loaded = images if images.ndim == 4 else images[..., None], single
            return self._loaded
