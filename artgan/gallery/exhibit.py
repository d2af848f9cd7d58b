"""An exhibit on disk: a folder in the gallery that is there whole or not at all."""

import contextlib
import errno
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artgan.errors import ArtganError, UserError
from artgan.util import files
from artgan.util.atomic_dir import Workspace
from artgan.util.schema import NOTHING, has_shape

RECORD = "exhibit.json"
METADATA = "metadata.jsonl"
IMAGES = "images"
SHEET = "contact-sheet.png"
PAGE = "index.html"

_SHAPE = {
    "n!": int,
    "image!": {"channels!": int, "height!": int, "width!": int},
    "request!": {"scale": int, "curate": (int, NOTHING)},
    "label_names": [str],
}
_OLD = ".old-"
_FILE = re.compile(rf"{IMAGES}/\d+\.png", re.ASCII)
_NAME = re.compile(r"[^\W_][\w .+-]{0,119}(?<![ .])")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A finished exhibit.

    Attributes:
        path: its folder.
        record: the contents of ``exhibit.json``: the request, when it was made, on what.
    """

    path: Path
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Exhibit":
        """The exhibit in a folder. Raises :class:`UserError` if there is none."""
        folder = Path(path)
        try:
            files.require_inside(folder, folder / RECORD)
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            raise UserError(f"{folder} is no exhibit: it has no readable {RECORD}.") from None
        if not has_shape(record, _SHAPE):
            raise UserError(f"{folder / RECORD} is damaged: it isn't what artgan writes.")
        return cls(folder, record)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def n(self) -> int:
        """How many images hang in it."""
        return int(self.record["n"])

    @property
    def seed(self) -> int:
        """The seed of all its images."""
        return int(self.record["seed"])

    @property
    def run(self) -> str:
        """Name of the run whose model made them."""
        return str(self.record["run"])

    @property
    def checkpoint(self) -> str:
        """The checkpoint that was loaded, as a path inside the run."""
        return str(self.record["checkpoint"])

    @property
    def page(self) -> Path:
        """The page to open in a browser."""
        return self.path / PAGE

    @property
    def sheet(self) -> Path:
        """The grid as one picture."""
        return self.path / SHEET

    @property
    def images(self) -> list[Path]:
        """The image files, in the order in which they hang. Raises as :meth:`metadata` does."""
        return [self.path / line["file_name"] for line in self.metadata()]

    def metadata(self) -> Iterator[dict[str, Any]]:
        """One dict an image, in the order in which they hang.

        Raises:
            UserError: if it can't be read, or names a file that is not one of the exhibit's own images.
        """
        path = self.path / METADATA
        try:
            files.require_inside(self.path, path, self.path / IMAGES)
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    yield self._checked(json.loads(line))
        except (OSError, ValueError, RecursionError) as error:
            raise UserError(f"{path} can't be read: {error}.") from None

    def _checked(self, line: Any) -> dict[str, Any]:
        """A line whose image is inside the exhibit: an exhibit may come from anybody."""
        name = line.get("file_name") if isinstance(line, dict) else None
        if not isinstance(name, str) or not _FILE.fullmatch(name) or (self.path / name).is_symlink():
            raise UserError(f"{self.path / METADATA} names {name!r}, which is no image of the exhibit's own.")
        return line


class Place:
    """Where an exhibit is going to be. Made before any work is done, so that a taken name costs nothing."""

    def __init__(self, gallery: Path, name: str | None, default: str, overwrite: bool) -> None:
        """Choose the name: ``name``, or ``default`` with ``-2``, ``-3``, … appended while that is taken.

        Raises:
            UserError: if ``name`` is malformed, or taken and not to be overwritten, or is taken by something that is no
                exhibit, which is never overwritten.
        """
        self.gallery = gallery
        self.overwrite = overwrite
        self._may_count = name is None and not overwrite
        if name is not None and not _NAME.fullmatch(name):
            raise UserError(
                f"An exhibit can't be called '{name}': use letters, digits, spaces, '-', '_', '+' and '.', "
                "starting with a letter or digit, at most 120 in all."
            )
        self._base = name or re.sub(r"[^\w.+-]+", "-", default).strip("-._")[:110] or "exhibit"
        self.path = gallery / self._base
        self._tidy()
        if self._may_count:
            self.path = self._free()
        self._check()

    def _free(self) -> Path:
        """The first name that nobody has, not even an old exhibit that is to be hung again under it."""
        path, count = self.gallery / self._base, 1
        while os.path.lexists(path) or any(self._hidden(path)):
            count += 1
            path = self.gallery / f"{self._base}-{count}"
        return path

    def _check(self) -> None:
        if not os.path.lexists(self.path):
            return
        if not self.overwrite:
            raise UserError(
                f"{self.gallery} already has an exhibit called '{self.path.name}'. Choose another --name, or "
                "replace it with --overwrite."
            )
        if not (self.path / RECORD).is_file():
            raise UserError(f"{self.path} is no exhibit, and --overwrite replaces nothing else. Choose another --name.")

    @contextlib.contextmanager
    def filling(self) -> Iterator[Path]:
        """A hidden folder beside the place, to be filled inside the ``with``; renamed into place at its end.

        If anything goes wrong, Ctrl-C included, it is removed, and what was in the place before is still there.

        Raises:
            ArtganError: if the disk is full or can't be written.
        """
        try:
            with Workspace(self.path) as work:
                yield work.path
                files.flush_tree(work.path)
                work.unlock()
                self._settle(work.path)
            files.flush_folder(self.gallery)
        except OSError as error:
            raise self._explain(error) from error

    def _settle(self, hidden: Path) -> None:
        if self.overwrite and self.path.exists():
            self._replace(hidden)
            return
        while True:
            # Somebody else may have taken the name meanwhile; an empty folder would silently be replaced by rename().
            if os.path.lexists(self.path):
                if not self._may_count:
                    self._check()
                self.path = self._free()
            try:
                hidden.rename(self.path)
                return
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise

    def _replace(self, hidden: Path) -> None:
        """Put the new exhibit in the place of the old one; of several that do so at once, the last one stays."""
        try:
            files.exchange(hidden, self.path)
        except OSError as error:
            # ENOENT: somebody has removed the old one meanwhile.
            if error.errno not in (*files.NO_EXCHANGE, errno.ENOENT):
                raise
            self._replace_by_renaming(hidden)
            return
        # The old one must not be taken apart on the disk before its name has gone over to the new one there.
        files.flush_folder(self.gallery)
        with contextlib.suppress(OSError):
            _remove(hidden)

    def _replace_by_renaming(self, hidden: Path) -> None:
        """Move the old exhibit aside and the new one in.

        If the disk fails for good between the two, the old one waits under a hidden name for :meth:`_tidy`.
        """
        for attempt in range(10):
            old = self.gallery / f"{_OLD}{self.path.name}-{uuid.uuid4().hex[:8]}"
            with contextlib.suppress(FileNotFoundError):
                self.path.rename(old)
            try:
                hidden.rename(self.path)
            except BaseException as error:
                if attempt < 9 and isinstance(error, OSError) and error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    continue
                with contextlib.suppress(OSError):
                    old.rename(self.path)
                raise
            break
        self._tidy()

    def _hidden(self, path: Path) -> Iterator[Path]:
        """The old exhibits that were moved out of ``path``."""
        return self.gallery.glob(f"{_OLD}{path.name}-{'[0-9a-f]' * 8}")

    def _tidy(self) -> None:
        """Hang an old exhibit again whose successor was killed on the way in; remove what has one."""
        for old in list(self._hidden(self.path)):
            with contextlib.suppress(OSError):
                if os.path.lexists(self.path):
                    _remove(old)
                else:
                    old.rename(self.path)

    def _explain(self, error: OSError) -> ArtganError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "Free some space, ask for fewer images (--n), or choose another --gallery-dir."
        else:
            advice = "Choose a --gallery-dir that can be written."
        reason = error.strerror or str(error)
        return ArtganError(f"The exhibit couldn't be written to {self.gallery}: {reason}. {advice}")


def _remove(exhibit: Path) -> None:
    """Remove an exhibit; of a link to one, the link."""
    if exhibit.is_symlink():
        exhibit.unlink()
    else:
        shutil.rmtree(exhibit)
