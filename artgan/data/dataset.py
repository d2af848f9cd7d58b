"""The contract of a data set: its shape, its labels, and a way to read any slice of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from artgan.data.auto_settings import AutoSetting
from artgan.plugins.options import Options

Report = Callable[[int, int | None], None]
"""Called while something long goes on, with how much is done and how much there is in all (None: unknown)."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a model has to know of the images that it learns: their shape and the names of their labels.

    Attributes:
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        height, width: pixels.
        label_names: the name of label 0, 1, …; empty if the images have no labels.
    """

    channels: int
    height: int
    width: int
    label_names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        return self.channels, self.height, self.width

    @property
    def labels(self) -> int:
        """How many labels there are; 0 for none."""
        return len(self.label_names)


class Dataset(ABC):
    """A set of images of one shape. Subclass it, and name the subclass in a :class:`artgan.DatasetSpec`.

    The framework calls, in this order: ``__init__``, :meth:`fetch` (once, one process a machine), then
    :attr:`info`, ``len()``, :meth:`fingerprint`, and, if no prepared copy with that fingerprint exists,
    :meth:`read` for consecutive slices, from several threads at once. Everything read is kept as a
    memory-mapped uint8 array, so that :meth:`read` is never in the hot path.

    Class attributes:
        Options: the typed options, set with ``--data-option key=value``.
        licence: terms of the images, one line, shown by ``artgan datasets NAME``.
        homepage: where they come from.
        native: shape (C, H, W), number of images and label names as far as they are known before anything is
            opened, for listings; None where they depend on the user's files.
    """

    Options: ClassVar[type[Options]] = Options
    licence: ClassVar[str] = "unknown"
    homepage: ClassVar[str] = ""
    native: ClassVar[tuple[ImageInfo, int] | None] = None

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        """Say what is wanted; nothing is read yet.

        Args:
            options: an instance of ``self.Options``.
            data_dir: where files are found or downloaded to.
            size: the height and width that the user asked for with ``--size``; None for the native one.
        """
        self.options = options
        self.data_dir = data_dir
        self.size = size

    def on_disk(self) -> bool:
        """Whether :meth:`fetch` has nothing to do. True for a data set that needs no files."""
        return True

    def fetch(self, report: Report) -> None:  # noqa: B027
        """Find the files, or download and check them; ``report(done, total)`` bytes meanwhile.

        Raises:
            UserError: if they can't be had, saying which files go where.
        """

    @property
    @abstractmethod
    def info(self) -> ImageInfo:
        """Shape and label names of what :meth:`read` returns (``size`` taken into account)."""

    @abstractmethod
    def __len__(self) -> int:
        """How many images there are."""

    @abstractmethod
    def fingerprint(self) -> str:
        """A text that changes whenever :meth:`read` would return something else: options, files, versions.

        Must be quick (file names, sizes and times rather than contents). Any text will do, the framework
        hashes it.
        """

    @abstractmethod
    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        """Images ``start`` to ``stop`` (exclusive), and their labels.

        Must depend on nothing but the arguments and ``__init__``, and may be called from several threads.
        Images that turn out to be unreadable may be left out; :meth:`notes` should then tell.

        Returns:
            Images (N, H, W, C) uint8, labels (N,) int64 or None if there are none. N is ``stop - start``, or
            less if images were left out.
        """

    def held_out(self) -> "Dataset | None":
        """The images of the same kind that nobody trains on, as a data set of its own; None if there are none.

        Generated images are measured against them. Nothing is read yet; :meth:`fetch` may download them.
        """
        return None

    def settled(self) -> Any:
        """The options as a run keeps them: those that were left open (``"auto"``) as they were decided.

        Opened with them, the data set must be the same again, whatever has been added to it meanwhile.
        """
        return self.options

    def choices(self) -> list[AutoSetting]:
        """What was decided by a look at the images, and why; shown before a training starts. After :meth:`fetch`."""
        return []

    def damaged(self) -> dict[str, str]:
        """What was found and can't be read, as far as it was tried: its name, and why; the first one first.

        With ``--strict`` the first of them ends what was begun.
        """
        return {}

    def notes(self) -> list[str]:
        """What the user should know of the images once they were read: how many were left out, and why.

        Each note is a line; they are kept with the prepared images.
        """
        return []
