"""The base class of data sets of picture files, whether in a folder, an archive or a table."""

import json
import posixpath
import threading
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from artgan.data import duplicates, picture_survey, splitting, unreadable
from artgan.data import labels as label_sources
from artgan.data.auto_settings import AutoSetting
from artgan.data.dataset import Dataset, ImageInfo, Report
from artgan.data.picture import SUFFIXES, PictureFile, Source, is_picture, read_picture
from artgan.data.picture_options import PictureOptions
from artgan.data.unlabelled import Unlabelled, find_unlabelled
from artgan.errors import UserError
from artgan.plugins.options import Options

CHANNELS = {"grey": 1, "rgb": 3, "rgba": 4}


class PictureDataset(Dataset):
    """Pictures of any formats, sizes and modes. Subclass it and implement :meth:`files` and :meth:`open`.

    Damaged pictures are left out and counted.
    """

    Options: ClassVar[type[Options]] = PictureOptions
    licence = "yours, or whoever's the pictures are"

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._damaged: dict[int, str] = {}
        self._left_out: set[int] = set()
        self._lock = threading.Lock()
        try:
            ImageColor.getrgb(options.background or "white")
        except ValueError:
            raise UserError(
                f"Option background={options.background} isn't a colour: try black, white or '#rrggbb'."
            ) from None

    def fetch(self, report: Report) -> None:
        """Check that there are pictures to train on; call it at the end of an override.

        Raises:
            UserError: if there are no pictures, none in this split, or not the requested labels.
        """
        if not self.pictures:
            raise UserError(f"There are no pictures. Supported: {', '.join(sorted(SUFFIXES))}.")
        if self.options.split == "held-out" and not self.options.held_out:
            raise UserError("split=held-out needs the share to hold out: add --data-option held_out=0.1.")
        if self.label_names and not self.chosen:
            raise UserError(f"None of {len(self.pictures):,} pictures are left: change held_out or split.")

    @abstractmethod
    def files(self) -> Sequence[PictureFile]:
        """Return all files, pictures or not, always in the same order. Called once, after :meth:`fetch`."""

    @abstractmethod
    def open(self, name: str) -> Source:
        """Open the file called ``name``. Called from several threads. May raise what opening a file raises."""

    def label_texts(self) -> Sequence[str] | None:
        """Return the label of each of :attr:`pictures`, if the source itself has labels, else None."""
        return None

    @property
    def all_files(self) -> Sequence[PictureFile]:
        """All files, pictures or not."""
        return self._files

    @cached_property
    def pictures(self) -> list[PictureFile]:
        """The files that are pictures by their names."""
        return [file for file in self._files if is_picture(file.name)]

    @cached_property
    def chosen(self) -> list[int]:
        """Indices of :attr:`pictures` to train on, including copies: those of this split, capped per label."""
        split, share = self.options.split, self.options.held_out
        without = self.unlabelled.numbers
        found = [index for index in range(len(self.pictures)) if index not in without]
        if share and split != "all":
            held_out = split == "held-out"
            found = [index for index in found if splitting.is_held_out(self.pictures[index].name, share) == held_out]
        elif split == "held-out":
            found = []
        if self.options.per_label is None:
            return found
        names = [file.name for file in self.pictures]
        return splitting.capped(found, names, self._labels or [""] * len(names), self.options.per_label)

    @cached_property
    def unlabelled(self) -> Unlabelled:
        """The :attr:`pictures` that are left out because they have no label, and are too few to make one."""
        names = [file.name for file in self.pictures]
        return find_unlabelled(self._labels or [], self.options.unsorted, lambda number: self.open(names[number]))

    @property
    def readable(self) -> int:
        """Number of images that can be read, as far as a sample tells."""
        return len(self) - len(self.survey.damaged.keys() & set(self.chosen))

    @property
    def unread(self) -> Mapping[str, str]:
        """Reasons of folders and links that weren't searched, by name; known after :meth:`fetch`."""
        return {}

    @cached_property
    def survey(self) -> picture_survey.Survey:
        """Statistics of a sample of the pictures."""
        return picture_survey.survey(len(self.pictures), lambda index: self.open(self.pictures[index].name))

    @property
    def info(self) -> ImageInfo:
        """Shape and label names of the images, with the requested or the chosen size and channels."""
        size = self.size or int(self._choices["size"].value)
        return ImageInfo(CHANNELS[self.settled().channels], size, size, self.label_names)

    def settled(self) -> Any:
        """Return the options with decided values in place of ``"auto"``."""
        return self._settled

    def choices(self) -> list[AutoSetting]:
        """Return the settings chosen by looking at the pictures; none if no picture can be read."""
        if not self.survey.measured:
            return []
        found = [choice for choice in self._choices.values() if choice.name != "size" or not self.size]
        mirror = picture_survey.choose_mirror(self.survey)
        return [*found, mirror] if mirror else found

    def labels(self) -> list[int]:
        """Return the label of each image, including copies and damaged ones; empty without labels."""
        return [self._label_numbers[index] for index in self.chosen] if self._labels else []

    def __len__(self) -> int:
        return len(self.chosen)

    def fingerprint(self) -> str:
        """Return the options, and the names, sizes and times of all pictures and tables, as text."""
        tables = [file for file in self._files if label_sources.is_table(file.name)]
        # The effect of `unsorted` shows in the label names and the number of images.
        options = self.settled().model_dump(mode="json", exclude={"unsorted"})
        beginning = json.dumps(["pictures 1", options])
        # Dumping all at once would take ten times as much memory as the text itself.
        pictures = ", ".join(map(json.dumps, self.pictures))
        return f"{beginning[:-1]}, [{pictures}], {json.dumps(tables)}]"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        """Read pictures ``start`` to ``stop`` of :attr:`chosen` and their labels, without copies and damaged ones."""
        info, options, copies = self.info, self.settled(), self.copies
        images = np.empty((stop - start, info.height, info.width, info.channels), np.uint8)
        found: list[int] = []
        for index in self.chosen[start:stop]:
            if index in copies:
                self._left_out.add(index)
                continue
            source = None
            try:
                source = self.open(self.pictures[index].name)
                images[len(found)] = read_picture(
                    source,
                    info.channels,
                    info.height,
                    options.fit,
                    options.focus,
                    options.resampling,
                    options.background or "white",
                )
            # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
            except Exception as error:
                self._damaged[index] = unreadable.reason(error, source)
            else:
                found.append(self._label_numbers[index] if info.labels else 0)
        return images[: len(found)], np.array(found, np.int64) if info.labels else None

    def held_out(self) -> Dataset | None:
        """Return the held-out part of the pictures, or None without ``held_out``."""
        if not self.options.held_out or self.options.split != "train":
            return None
        # Use the settings of the training part, whatever the held-out pictures look like.
        options = self.settled().model_copy(update={"split": "held-out"})
        return type(self)(options, self.data_dir, self.info.height)

    def damaged(self) -> dict[str, str]:
        """Return the reasons of unreadable pictures and of folders that weren't searched, by name."""
        found = {**self.unlabelled.damaged, **self._damaged}
        return {**self.unread, **{self.pictures[number].name: found[number] for number in sorted(found)}}

    def notes(self) -> list[str]:
        """Return what was left out while reading, one line per kind."""
        names = [file.name for file in self.pictures]
        # Copies of an unreadable picture are unreadable, too.
        originals = {copy: self.copies[copy] for copy in sorted(self._left_out)}
        broken = {copy: self._damaged[first] for copy, first in originals.items() if first in self._damaged}
        copies = {names[copy]: names[first] for copy, first in originals.items() if copy not in broken}
        broken |= self.unlabelled.damaged
        damaged = {names[index]: why for index, why in sorted({**self._damaged, **broken}.items())}
        unlabelled = [names[index] for index in sorted(self.unlabelled.left_out)]
        alike = self.settled().duplicates == "near"
        count = len(self) + len(self.unlabelled.damaged)
        return unreadable.notes(count, damaged, self.unread, copies, alike, unlabelled)

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of labels 0, 1, …."""
        if not self._labels:
            return ()
        names = label_sources.in_order(self._labels)
        return tuple(name for name in names if name != label_sources.UNSORTED) if self.unlabelled.numbers else names

    @property
    def copies(self) -> dict[int, int]:
        """Indices of :attr:`pictures` that are left out as copies, mapped to their originals; found on first use."""
        with self._lock:
            return self._copies

    @cached_property
    def _copies(self) -> dict[int, int]:
        kind, texts = self.settled().duplicates, self._labels or [""] * len(self.pictures)
        names = [file.name for file in self.pictures]
        if kind == "exact":
            return duplicates.equal_files(
                [file.size for file in self.pictures], texts, lambda n: self._content(names[n])
            )
        return duplicates.look_alikes(texts, lambda number: self.open(names[number])) if kind == "near" else {}

    def _content(self, name: str) -> bytes:
        source = self.open(name)
        if isinstance(source, Path):
            return source.read_bytes()
        return source.tobytes() if isinstance(source, Image.Image) else source.read()

    @cached_property
    def _files(self) -> Sequence[PictureFile]:
        return self.files()

    @cached_property
    def _settled(self) -> Any:
        values = picture_survey.settle(self.survey, self.options, self._choices)
        found = self.options.model_copy(update=values)
        if found.labels == "auto":
            # Naming the source here would turn a column of titles into labels.
            found = found.model_copy(update={"labels": "none" if self._labels is None else self._label_source})
        if found.duplicates == "auto":
            known = all(file.size is not None for file in self.pictures)
            found = found.model_copy(update={"duplicates": "exact" if known else "keep"})
        return found

    @cached_property
    def _choices(self) -> dict[str, AutoSetting]:
        """Settings for options that were left open, by name."""
        return picture_survey.choose(self.survey, self.options)

    @cached_property
    def _label_source(self) -> str:
        if self.options.labels == "auto" and self.label_texts() is not None:
            return "metadata"
        return label_sources.choose_source(self.options.labels, self._table, self.options.label_column)

    @cached_property
    def _labels(self) -> list[str] | None:
        """The label of each of :attr:`pictures`; None if there are none worth telling apart."""
        names, options, own = [file.name for file in self.pictures], self.options, self.label_texts()
        if self._label_source == "folders":
            texts = label_sources.from_folders(names, options.depth)
        elif self._label_source == "none":
            return None
        elif own is not None:
            texts = list(own)
        else:
            texts = label_sources.from_table(names, self._table, options.label_column)
            # A column in which nearly every value is different isn't a label, unless it was requested.
            if options.labels == "auto" and not options.label_column and 2 * len(set(texts)) > len(texts):
                return None
        return texts if len(set(texts) - {label_sources.UNSORTED}) > 1 else None

    @cached_property
    def _label_numbers(self) -> list[int]:
        numbers = {name: number for number, name in enumerate(self.label_names)}
        return [numbers.get(text, -1) for text in self._labels or ()]  # -1: left out

    @cached_property
    def _table(self) -> dict[str, label_sources.Row]:
        found: dict[str, label_sources.Row] = {}
        for file in (file for file in self._files if label_sources.is_table(file.name)):
            try:
                found.update(label_sources.read_table(file.name, self._content(file.name).decode("utf-8-sig")))
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"{posixpath.basename(file.name)} can't be read: {error}.") from error
        return found
