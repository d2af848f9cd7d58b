"""The contract of data sets: a shape, labels, and a way to read any slice."""

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
"""Called during long work with how much is done, and with the total (None: unknown)."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """The shape of a data set's images and the names of their labels: all that a model needs to know.

    Attributes:
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        height, width: size in pixels.
        label_names: names of labels 0, 1, …; empty if the images have none.
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
        """The number of labels; 0 for none."""
        return len(self.label_names)


class Dataset(ABC):
    """A set of images of one shape. Subclass it, and name the subclass in a :class:`artgan.DatasetSpec`.

    artgan calls, in this order: ``__init__``, :meth:`fetch` (once, in one process per machine), then :attr:`info`,
    ``len()`` and :meth:`fingerprint`. If no prepared copy with that fingerprint exists, it calls :meth:`read` for
    consecutive slices, from several threads at once. Everything read is kept in a memory-mapped uint8 array, so
    :meth:`read` is never in the hot path.

    Class attributes:
        Options: the typed options, set with ``--data-option key=value``.
        licence: the images' terms of use in one line, shown by ``artgan datasets NAME``.
        homepage: URL of the images' source.
        native: shape and label names, and the number of images, as far as they are known before anything is opened;
            shown in listings. None if they depend on the user's files.
    """

    Options: ClassVar[type[Options]] = Options
    licence: ClassVar[str] = "unknown"
    homepage: ClassVar[str] = ""
    native: ClassVar[tuple[ImageInfo, int] | None] = None

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        """Store the arguments; nothing is read yet.

        Args:
            options: an instance of ``self.Options``.
            data_dir: the folder where files are found or downloaded to.
            size: the height and width that the user asked for with ``--size``; None for the native size.
        """
        self.options = options
        self.data_dir = data_dir
        self.size = size

    def on_disk(self) -> bool:
        """Return whether :meth:`fetch` has nothing to do, as for a data set that needs no files."""
        return True

    def fetch(self, report: Report) -> None:  # noqa: B027
        """Find the files, or download and verify them.

        Args:
            report: to be called during a download with the bytes done and the total.

        Raises:
            UserError: if they aren't available; the message should say which files go where.
        """

    @property
    @abstractmethod
    def info(self) -> ImageInfo:
        """Shape and label names of the images that :meth:`read` returns, at the requested ``size``."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of images."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a text that changes whenever :meth:`read` would return something else: options, files, versions.

        It must be quick, so use file names, sizes and times rather than contents. Any text will do; artgan hashes it.
        """

    @abstractmethod
    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        """Read images ``start`` to ``stop`` (exclusive) and their labels.

        The result must depend on the arguments and ``__init__`` only. Calls may come from several threads. Unreadable
        images may be left out; :meth:`notes` should then say so.

        Args:
            start: index of the first image.
            stop: index after the last image.

        Returns:
            Images (N, H, W, C) uint8, and labels (N,) int64 or None if there are none. N is ``stop - start``, or less
            if images were left out.
        """

    def held_out(self) -> "Dataset | None":
        """Return the held-out images as a data set of their own, or None if there are none.

        No model is trained on them; generated images are measured against them. Nothing is read yet, and
        :meth:`fetch` may download them.
        """
        return None

    def settled(self) -> Any:
        """Return the options as a run's record keeps them, with decided values in place of ``"auto"``.

        Opened with them, the data set must be the same again, whatever has been added to it meanwhile.
        """
        return self.options

    def choices(self) -> list[AutoSetting]:
        """Return the settings chosen by looking at the images, which are shown before a run starts.

        Called after :meth:`fetch`.
        """
        return []

    def damaged(self) -> dict[str, str]:
        """Return the reasons of unreadable files by name, in order, as far as reading was tried.

        With ``--strict``, the first of them ends the command.
        """
        return {}

    def notes(self) -> list[str]:
        """Return what the user should know after all images were read: how many were left out, and why.

        Each note is one line. Notes are kept with the prepared images.
        """
        return []
