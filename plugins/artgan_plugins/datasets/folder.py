"""Any folder of pictures, whatever their formats, sizes and modes, with subfolders as labels."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import artgan
from artgan.data import unreadable
from artgan.data.dataset import Report
from artgan.data.picture import SUFFIXES, Source, is_picture


class Folder(artgan.PictureDataset):
    """The pictures in a folder and its subfolders, in the order of their paths."""

    class Options(artgan.PictureOptions):
        path: str = artgan.Field("", description="the folder; `--data ./pictures` sets it")

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self.root = Path(options.path).expanduser()
        self._unread: dict[str, str] = {}

    def on_disk(self) -> bool:
        return bool(self.options.path) and self.root.is_dir()

    def fetch(self, report: Report) -> None:
        if not self.options.path:
            raise artgan.UserError("The data set folder needs the path of a folder, such as --data ./pictures.")
        if not self.root.exists():
            raise artgan.UserError(f"No such folder: {self.root} (looked for {self.root.absolute()}).")
        if not self.root.is_dir():
            raise artgan.UserError(f"{self.root} is a file: give a folder of pictures.")
        if not self.pictures:
            found = next((file.name for file in self.all_files), None)
            holds = f"contains no pictures (only files such as {found})" if found else "is empty"
            raise artgan.UserError(
                f"The folder {self.root} {holds}. Supported formats are {', '.join(sorted(SUFFIXES))}."
            )
        super().fetch(report)

    def files(self) -> Sequence[artgan.PictureFile]:
        return _walk(self.root, self._unread)

    @property
    def unread(self) -> Mapping[str, str]:
        return self._unread

    def open(self, name: str) -> Source:
        return self.root / name


def _walk(root: Path, unread: dict[str, str]) -> list[artgan.PictureFile]:
    """List files under ``root`` by path with ``/``, sorted. Skip hidden files, and follow links once.

    Add folders that can't be read to ``unread``, with the reason.
    """
    found: list[artgan.PictureFile] = []
    seen: set[str] = set()
    home = os.path.realpath(root)
    folders, links = [("", home)], list[tuple[str, str]]()
    while folders or links:
        # Visit real folders first, so that a link to one of them doesn't take pictures away from its label.
        prefix, path = folders.pop() if folders else links.pop(0)
        # A link that leads back up would include everything around the folder.
        leads_up = bool(prefix) and (home + os.sep).startswith(path.rstrip(os.sep) + os.sep)
        if path in seen or leads_up:
            continue
        seen.add(path)
        try:
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except OSError as error:
            if prefix:
                unread[prefix] = unreadable.reason(error)
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
                    stat = entry.stat()
                    found.append(artgan.PictureFile(prefix + entry.name, stat.st_size, stat.st_mtime_ns))
                elif entry.is_symlink() and is_picture(entry.name):
                    unread[prefix + entry.name] = "a broken link"
            except OSError as error:
                unread[prefix + entry.name] = unreadable.reason(error)
    found.sort(key=lambda file: file.name)
    return found
