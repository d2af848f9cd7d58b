"""Pictures in a zip or tar file, read without unpacking it next to the archive."""

import hashlib
import io
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import artgan
from artgan.data.dataset import Report
from artgan.util import files, paths

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
# No picture is larger; a file that claims to be would fill the memory.
MOST_BYTES = 512 << 20
BLOCK_BYTES = 1 << 20


class Archive(artgan.PictureDataset):
    """The pictures in an archive; folders that contain all of them don't count as labels."""

    class Options(artgan.PictureOptions):
        path: str = artgan.Field("", description="the archive; `--data ./pictures.zip` sets it")

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self.path = Path(options.path).expanduser()
        self._members: dict[str, zipfile.ZipInfo | tarfile.TarInfo] = {}
        self._file: zipfile.ZipFile | BinaryIO | None = None
        self._reading = threading.Lock()

    def on_disk(self) -> bool:
        return bool(self.options.path) and self.path.is_file()

    def fetch(self, report: Report) -> None:
        if not self.options.path:
            raise artgan.UserError("The data set archive needs the path of an archive, such as --data ./art.zip.")
        if not self.path.is_file():
            raise artgan.UserError(f"No such file: {self.path} (looked for {self.path.absolute()}).")
        if self._file is None:
            try:
                found = self._open_zip() if zipfile.is_zipfile(self.path) else self._open_tar(report)
            except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
                raise artgan.UserError(f"{self.path} can't be read as a zip or tar file: {error}.") from error
            except OSError as error:
                raise artgan.UserError(f"{self.path} can't be read: {error.strerror or error}.") from error
            self._members = _without_common_folders(found)
        super().fetch(report)

    def files(self) -> Sequence[artgan.PictureFile]:
        found = []
        for name, member in sorted(self._members.items()):
            if isinstance(member, zipfile.ZipInfo):
                found.append(artgan.PictureFile(name, member.file_size, member.CRC))
            else:
                found.append(artgan.PictureFile(name, member.size, int(member.mtime)))
        return found

    def fingerprint(self) -> str:
        # Modification times inside a tar aren't reliable; those of the archive itself come from the file system.
        stat = self.path.stat()
        return f"{super().fingerprint()} {stat.st_size} {stat.st_mtime_ns}"

    def open(self, name: str) -> BinaryIO:
        member = self._members[name]
        size = member.file_size if isinstance(member, zipfile.ZipInfo) else member.size
        if size > MOST_BYTES:
            raise OSError(f"too large, {size:,} bytes")
        if isinstance(member, zipfile.ZipInfo):
            assert isinstance(self._file, zipfile.ZipFile)
            return io.BytesIO(self._file.read(member))
        assert self._file is not None
        assert not isinstance(self._file, zipfile.ZipFile)
        with self._reading:
            self._file.seek(member.offset_data)
            return io.BytesIO(self._file.read(size))

    def _open_zip(self) -> dict[str, zipfile.ZipInfo | tarfile.TarInfo]:
        self._file = zipfile.ZipFile(self.path)
        return {member.filename: member for member in self._file.infolist() if not member.is_dir()}

    def _open_tar(self, report: Report) -> dict[str, zipfile.ZipInfo | tarfile.TarInfo]:
        path = self._plain(report)
        with tarfile.open(path, "r:") as tar:
            members: dict[str, zipfile.ZipInfo | tarfile.TarInfo] = {tar.name: tar for tar in tar if tar.isreg()}
        self._file = open(path, "rb")  # noqa: SIM115  stays open as long as pictures are read
        return members

    def _plain(self, report: Report) -> Path:
        """Return the tar without compression, for random access to the pictures; keep it in the cache."""
        from gzip import open as open_gzip

        openers: dict[bytes, Any] = {b"\x1f\x8b": open_gzip, b"BZ": _open_bz2, b"\xfd7": _open_xz}
        with self.path.open("rb") as file:
            opener = openers.get(file.read(2))
        if opener is None:
            return self.path
        stat = self.path.stat()
        key = hashlib.sha256(f"{self.path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:16]
        plain = paths.cache_dir() / "unpacked" / f"{self.path.name.split('.')[0]}-{key}.tar"
        if not plain.exists():
            plain.parent.mkdir(parents=True, exist_ok=True)
            with files.replacing(plain) as temporary, opener(self.path) as source, temporary.open("wb") as target:
                done = 0
                while block := source.read(BLOCK_BYTES):
                    if shutil.disk_usage(plain.parent).free < BLOCK_BYTES:
                        raise OSError(f"not enough space in {plain.parent} to unpack it")
                    target.write(block)
                    done += len(block)
                    report(done, None)
        return plain


def _open_bz2(path: Path) -> Any:
    import bz2

    return bz2.open(path)


def _open_xz(path: Path) -> Any:
    import lzma

    return lzma.open(path)


def _without_common_folders(
    members: dict[str, zipfile.ZipInfo | tarfile.TarInfo],
) -> dict[str, zipfile.ZipInfo | tarfile.TarInfo]:
    """Return members by name, without hidden files (including any with ``..``) and without folders that contain all."""
    named = {name.replace("\\", "/").removeprefix("./"): member for name, member in members.items()}
    shown = {
        name: member
        for name, member in named.items()
        if not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    }
    while shown and len({name.partition("/")[0] for name in shown}) == 1 and all("/" in name for name in shown):
        shown = {name.partition("/")[2]: member for name, member in shown.items()}
    return shown
