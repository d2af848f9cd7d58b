"""An exhibit on disk: a folder in the gallery, written atomically."""

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
from typing import Any, cast

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
        record: the contents of ``exhibit.json``: the request, and when and on which machine it was made.
    """

    path: Path
    record: dict[str, Any] = field(repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Exhibit":
        """Open the exhibit in a folder. Raises :class:`UserError` if there is none."""
        folder = Path(path)
        try:
            files.require_inside(folder, folder / RECORD)
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            raise UserError(f"{folder} isn't an exhibit: it has no readable {RECORD}.") from None
        if not has_shape(record, _SHAPE):
            raise UserError(f"{folder / RECORD} is damaged, or wasn't written by artgan.")
        return cls(folder, record)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def n(self) -> int:
        """Number of images."""
        return int(self.record["n"])

    @property
    def seed(self) -> int:
        """The seed of all its images."""
        return int(self.record["seed"])

    @property
    def run(self) -> str:
        """Name of the run whose model made the images."""
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
        """The contact sheet, all images in one picture."""
        return self.path / SHEET

    @property
    def images(self) -> list[Path]:
        """The image files, in order. Raises the same errors as :meth:`metadata`."""
        return [self.path / line["file_name"] for line in self.metadata()]

    def metadata(self) -> Iterator[dict[str, Any]]:
        """Yield one dict per image, in order.

        Raises:
            UserError: if the metadata can't be read, or names a file that isn't one of the exhibit's own images.
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
        """Return the line if its image is inside the exhibit, which may come from an untrusted source."""
        name = line.get("file_name") if isinstance(line, dict) else None
        if not isinstance(name, str) or not _FILE.fullmatch(name) or (self.path / name).is_symlink():
            raise UserError(f"{self.path / METADATA} names {name!r}, which isn't one of the exhibit's images.")
        return cast(dict[str, Any], line)


class Place:
    """The place of a new exhibit, created before any work is done so that a name that is taken costs no time."""

    def __init__(self, gallery: Path, name: str | None, default: str, overwrite: bool) -> None:
        """Choose the name: ``name``, or ``default`` with ``-2``, ``-3``, … appended while that is taken.

        Raises:
            UserError: if ``name`` is malformed, or taken without ``overwrite``, or taken by something other than an
                exhibit, which is never overwritten.
        """
        self.gallery = gallery
        self.overwrite = overwrite
        self._may_count = name is None and not overwrite
        if name is not None and not _NAME.fullmatch(name):
            raise UserError(
                f"'{name}' isn't a valid name for an exhibit: use up to 120 letters, digits, spaces, '-', '_', '+' and "
                "'.', starting with a letter or digit."
            )
        self._base = name or re.sub(r"[^\w.+-]+", "-", default).strip("-._")[:110] or "exhibit"
        self.path = gallery / self._base
        self._tidy()
        if self._may_count:
            self.path = self._free()
        self._check()

    def _free(self) -> Path:
        """Return the first path that isn't taken, not even by an old exhibit waiting to be restored there."""
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
                f"Exhibit '{self.path.name}' already exists in {self.gallery}: choose another --name, or replace it "
                "with --overwrite."
            )
        if not (self.path / RECORD).is_file():
            raise UserError(f"{self.path} isn't an exhibit, so --overwrite doesn't replace it: choose another --name.")

    @contextlib.contextmanager
    def filling(self) -> Iterator[Path]:
        """Yield a hidden folder to fill inside the ``with``, and rename it into place at the end.

        If anything goes wrong (including Ctrl-C), remove it; whatever was in its place before is still there.

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
            # Another process may have taken the name meanwhile; rename() would silently replace an empty folder.
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
        """Put the new exhibit in the place of the old one; if several processes do so at once, the last one wins."""
        try:
            files.exchange(hidden, self.path)
        except OSError as error:
            # ENOENT: another process has removed the old one meanwhile.
            if error.errno not in (*files.NO_EXCHANGE, errno.ENOENT):
                raise
            self._replace_by_renaming(hidden)
            return
        # Don't delete the old exhibit before the disk has recorded that its name belongs to the new one.
        files.flush_folder(self.gallery)
        with contextlib.suppress(OSError):
            _remove(hidden)

    def _replace_by_renaming(self, hidden: Path) -> None:
        """Move the old exhibit aside and the new one into its place.

        If the disk fails between the two steps, the old one keeps a hidden name until :meth:`_tidy` restores it.
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
        """Yield the old exhibits that were moved out of ``path``."""
        return self.gallery.glob(f"{_OLD}{path.name}-{'[0-9a-f]' * 8}")

    def _tidy(self) -> None:
        """Restore an old exhibit if its replacement was interrupted; remove it if it was replaced."""
        for old in list(self._hidden(self.path)):
            with contextlib.suppress(OSError):
                if os.path.lexists(self.path):
                    _remove(old)
                else:
                    old.rename(self.path)

    def _explain(self, error: OSError) -> ArtganError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "Free some space, make fewer images (--n), or choose another --gallery-dir."
        else:
            advice = "Choose a --gallery-dir that is writable."
        reason = error.strerror or str(error)
        return ArtganError(f"Can't write the exhibit to {self.gallery}: {reason}. {advice}")


def _remove(exhibit: Path) -> None:
    """Remove an exhibit; if it is a symlink, remove only the link."""
    if exhibit.is_symlink():
        exhibit.unlink()
    else:
        shutil.rmtree(exhibit)
