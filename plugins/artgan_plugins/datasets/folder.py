"""Any folder of pictures, whatever their formats, sizes and modes; its sub-folders are the labels."""

import math
import os
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

import artgan
from artgan.data.dataset import Report
from artgan.data.resize import Fit
from artgan_plugins.datasets.pictures import SUFFIXES, look, read_picture

CHANNELS = {"grey": 1, "rgb": 3, "rgba": 4}
LOOKS = 256
SMALLEST, LARGEST = 16, 64
UNSORTED = "unsorted"


class Folder(artgan.Dataset):
    """The pictures in a folder and its sub-folders, in the order of their paths.

    Labels are the sub-folders of the first level, if at least two of them hold pictures. Without ``--size``
    images keep the size of the pictures if most of these are squares of one size from 16 to 64 (a multiple of
    4, which all networks can build), else get the largest power of two, 16 to 64, that most pictures fill.
    Damaged pictures are left out and counted.
    """

    class Options(artgan.Options):
        path: str = artgan.Field("", description="the folder; `--data ./pictures` sets it")
        channels: Literal["auto", "grey", "rgb", "rgba"] = artgan.Field(
            "auto", description="what to make of the pictures; auto is grey if they all are, else rgb"
        )
        fit: Fit = artgan.Field(
            "crop", description="how a picture becomes square: keep its centre, add a border, or stretch it"
        )
        background: str = artgan.Field(
            "white", description="colour under transparent parts and of borders: black, white, '#f4ecd8', …"
        )
        labels: Literal["folders", "none"] = artgan.Field(
            "folders", description="whether sub-folders of the first level are labels"
        )

    licence = "yours, or whoever's the pictures are"

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self.root = Path(options.path).expanduser()
        self._damaged: dict[int, str] = {}
        try:
            ImageColor.getrgb(options.background)
        except ValueError:
            raise artgan.UserError(
                f"Option background={options.background} of data set folder is no colour: "
                "try black, white, or '#rrggbb'."
            ) from None

    def on_disk(self) -> bool:
        return bool(self.options.path) and self.root.is_dir()

    def fetch(self, report: Report) -> None:
        if not self.options.path:
            raise artgan.UserError("The data set folder needs to know which: give its path, such as --data ./pictures.")
        if not self.root.exists():
            raise artgan.UserError(f"There is no folder {self.root} (looked for {self.root.absolute()}).")
        if not self.root.is_dir():
            raise artgan.UserError(f"{self.root} is a file; a folder of pictures is needed.")
        if not self._files:
            found = next((name for name, _ in _walk(self.root)), None)
            holds = f"holds no pictures (only files such as {found})" if found else "is empty"
            raise artgan.UserError(f"The folder {self.root} {holds}. It may hold {', '.join(sorted(SUFFIXES))}.")

    @cached_property
    def info(self) -> artgan.ImageInfo:
        looks = self._looks
        channels = CHANNELS.get(self.options.channels) or (1 if looks and all(grey for *_, grey in looks) else 3)
        size = self.size or _natural_size([(width, height) for width, height, _ in looks])
        return artgan.ImageInfo(channels, size, size, self._label_names)

    def __len__(self) -> int:
        return len(self._files)

    def fingerprint(self) -> str:
        files = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in self._files]
        return f"folder 1 {self.options.fit} {self.options.background} {files}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        info, options = self.info, self.options
        images = np.empty((stop - start, info.height, info.width, info.channels), np.uint8)
        labels: list[int] = []
        for index in range(start, stop):
            name = self._files[index][0]
            try:
                images[len(labels)] = read_picture(
                    self.root / name, info.channels, info.height, options.fit, options.background
                )
            # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
            except Exception as error:
                self._damaged[index] = " ".join(str(error).split()) or type(error).__name__
            else:
                labels.append(self._label(name) if info.labels else 0)
        return images[: len(labels)], np.array(labels, np.int64) if info.labels else None

    def notes(self) -> list[str]:
        damaged = [f"{self._files[index][0]} ({why})" for index, why in sorted(self._damaged.items())]
        if not damaged:
            return []
        shown = ", ".join(damaged[:3]) + (", …" if len(damaged) > 3 else "")
        return [f"{len(damaged):,} of {len(self):,} pictures can't be read and were left out: {shown}."]

    @cached_property
    def _files(self) -> list[tuple[str, os.stat_result]]:
        return [(name, stat) for name, stat in _walk(self.root) if os.path.splitext(name)[1].lower() in SUFFIXES]

    @cached_property
    def _looks(self) -> list[tuple[int, int, bool]]:
        """Headers of some pictures, evenly spread: enough to tell sizes and colours of any number at once."""
        looks = []
        for index in np.linspace(0, len(self) - 1, min(LOOKS, len(self))).astype(int):
            try:
                looks.append(look(self.root / self._files[index][0]))
            except Exception:
                continue
        return looks

    @cached_property
    def _label_names(self) -> tuple[str, ...]:
        tops = {name.split("/")[0] if "/" in name else "" for name, _ in self._files}
        if self.options.labels == "none" or len(tops - {""}) < 2:
            return ()
        names = sorted(tops - {""}, key=_natural_order)
        if "" in tops and UNSORTED not in names:
            names.append(UNSORTED)
        return tuple(names)

    @cached_property
    def _label_numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self._label_names)}

    def _label(self, name: str) -> int:
        return self._label_numbers[name.split("/")[0] if "/" in name else UNSORTED]


def _walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Files under ``root`` by path with ``/``, sorted. Hidden ones are left out, links followed once."""
    found: list[tuple[str, os.stat_result]] = []
    seen: set[str] = set()
    home = os.path.realpath(root)
    folders, links = [("", home)], list[tuple[str, str]]()
    while folders or links:
        # Real folders come first, so that a link to one of them doesn't take pictures from its label.
        prefix, path = folders.pop() if folders else links.pop(0)
        # A link that leads back up would bring in everything around the folder.
        leads_up = bool(prefix) and (home + os.sep).startswith(path.rstrip(os.sep) + os.sep)
        if path in seen or leads_up:
            continue
        seen.add(path)
        try:
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except OSError as error:
            if prefix:
                continue
            raise artgan.UserError(f"The folder {root} can't be read: {error.strerror or error}.") from error
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            try:
                if entry.is_dir():
                    place = (f"{prefix}{entry.name}/", os.path.realpath(entry.path))
                    (links if entry.is_symlink() else folders).append(place)
                elif entry.is_file():
                    found.append((prefix + entry.name, entry.stat()))
            except OSError:
                continue
    return iter(sorted(found, key=lambda item: item[0]))


def _natural_size(sizes: list[tuple[int, int]]) -> int:
    if not sizes:
        return LARGEST
    (width, height), count = Counter(sizes).most_common(1)[0]
    if 2 * count > len(sizes) and width == height and SMALLEST <= width <= LARGEST and width % 4 == 0:
        return width
    side = statistics.median_low(min(size) for size in sizes)
    return min(LARGEST, max(SMALLEST, 1 << (side.bit_length() - 1)))


def _natural_order(name: str) -> list[tuple[float, str]]:
    """Sorts 2 before 10 and numbers before words."""
    parts = re.findall(r"\d+|\D+", name)
    key = [(int(part), "") if part.isdecimal() else (math.inf, part.casefold()) for part in parts]
    return [*key, (-1, name)]
