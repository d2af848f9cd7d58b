"""Data sets that torchvision finds, downloads and reads."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import artgan
from artgan.data.dataset import Report
from artgan.data.picture import Source


class TorchvisionDataset(artgan.PictureDataset):
    """Base class of data sets that wrap a class of ``torchvision.datasets``.

    Class attributes:
        kind: name of the class.
        parts: its arguments for each split.
        labelled: True if it has labels.
    """

    kind: ClassVar[str]
    parts: ClassVar[dict[str, dict[str, Any]]]
    labelled: ClassVar[bool] = True

    class Options(artgan.PictureOptions):
        part: Literal["train", "test"] = artgan.Field("train", description="which images to use")

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._rows: Any = None
        self._reading = threading.Lock()

    def on_disk(self) -> bool:
        if self._rows is None:
            try:
                self._rows = self._open(download=False)
            # Missing or damaged files are a RuntimeError, or whatever reading them raises.
            except Exception:
                return False
        return True

    def fetch(self, report: Report) -> None:
        if not self.on_disk():
            report(0, None)
            try:
                self._rows = self._open(download=True)
            except Exception as error:
                reason = " ".join(str(error).split())[:300]
                raise artgan.UserError(
                    f"{self.kind} isn't in {self.data_dir} and can't be downloaded ({reason}). Put it where "
                    f"torchvision.datasets.{self.kind}(root={str(self.data_dir)!r}) finds it."
                ) from error
        super().fetch(report)

    def files(self) -> Sequence[artgan.PictureFile]:
        return [artgan.PictureFile(f"{number:08d}.png", None, 0) for number in range(len(self._rows))]

    def open(self, name: str) -> Source:
        with self._reading:  # some data sets share one open file
            image: Source = self._rows[int(name.removesuffix(".png"))][0]
        return image

    def label_texts(self) -> Sequence[str] | None:
        numbers = next(
            (getattr(self._rows, key) for key in ("labels", "targets", "_labels") if hasattr(self._rows, key)), None
        )
        if not self.labelled or numbers is None:
            return None
        names = getattr(self._rows, "classes", None)
        return [str(names[int(number)] if names and number >= 0 else number) for number in numbers]

    def _open(self, download: bool) -> Any:
        from torchvision import datasets  # slow to import

        self.data_dir.mkdir(parents=True, exist_ok=True)
        return getattr(datasets, self.kind)(str(self.data_dir), download=download, **self.parts[self.options.part])


class STL10(TorchvisionDataset):
    kind = "STL10"
    parts: ClassVar = {"train": {"split": "train"}, "test": {"split": "test"}}
    licence = "none stated; from ImageNet (Coates, Ng and Lee 2011)"
    homepage = "https://cs.stanford.edu/~acoates/stl10/"


class CelebA(TorchvisionDataset):
    kind = "CelebA"
    parts: ClassVar = {"train": {"split": "train"}, "test": {"split": "test"}}
    labelled = False
    licence = "non-commercial research only (Liu et al. 2015)"
    homepage = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"


class Omniglot(TorchvisionDataset):
    kind = "Omniglot"
    parts: ClassVar = {"train": {"background": True}, "test": {"background": False}}
    labelled = False
    licence = "MIT (Lake, Salakhutdinov and Tenenbaum 2015)"
    homepage = "https://github.com/brendenlake/omniglot"


class Pets(TorchvisionDataset):
    kind = "OxfordIIITPet"
    parts: ClassVar = {"train": {"split": "trainval"}, "test": {"split": "test"}}
    licence = "CC BY-SA 4.0 (Parkhi et al. 2012)"
    homepage = "https://www.robots.ox.ac.uk/~vgg/data/pets/"
