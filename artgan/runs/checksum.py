"""A checkpoint's checksum: the SHA-256 of the file inside the file, in the metadata of its safetensors header.

It covers all bytes, with zeros in place of its own 64 digits. It detects accidents (a full disk, a power cut, a flipped
bit), not forgeries: anyone can write a file with a valid checksum. Checking needs no torch.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

from artgan.errors import Damaged

KEY = "sha256"
# The format of checkpoints that always have a checksum.
FORMAT = "2"
BLANK = "0" * 64
# The header of 100,000 tensors is smaller; nothing larger is read, whatever length a file claims.
MOST_HEADER_BYTES = 16 << 20
BLOCK_BYTES = 1 << 20

_SEAL = re.compile(rb'"' + KEY.encode() + rb'":"([0-9a-f]{64})"')


def seal(path: Path) -> None:
    """Put the checksum into a file that was written with :data:`BLANK` under :data:`KEY`, and fsync it.

    Raises:
        OSError: if it can't be written, or has no place for a checksum.
    """
    with path.open("r+b") as file:
        header = file.read(8 + int.from_bytes(file.read(8), "little"))
        found = _SEAL.search(header)
        if not found:
            raise OSError("its header has no place for a checksum")
        digest = _digest(file, 8 + found.start(1))
        file.seek(8 + found.start(1))
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())
        # Verify what is on the disk, not what is cached in memory.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def check(path: Path) -> None:
    """Raise :class:`Damaged`, with the reason, unless a file is as it was written.

    Of older files, which have no checksum, only the length is checked.
    """
    try:
        with path.open("rb") as file:
            header = read_header(path, file)
            place = _SEAL.search(header)
            if place is None and _format(header) == FORMAT:
                raise Damaged(path, "its checksum is unreadable")  # a bit of the checksum itself may have flipped
            if place and _digest(file, 8 + place.start(1)) != place[1].decode():
                raise Damaged(path, "its contents have changed since it was written (checksum mismatch)")
    except OSError as error:
        raise Damaged(path, error.strerror or str(error)) from error


def digest(path: Path) -> str:
    """Return a file's checksum as written in it; the SHA-256 of the whole file if there is none.

    Raises:
        Damaged: if it isn't a complete safetensors file.
    """
    try:
        with path.open("rb") as file:
            place = _SEAL.search(read_header(path, file))
            file.seek(0)
            return place[1].decode() if place else hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Damaged(path, error.strerror or str(error)) from error


def read_header(path: Path, file: BinaryIO) -> bytes:
    """Return the JSON header of a safetensors file, after checking that it fits the file's length.

    Nothing is allocated before that.

    Raises:
        Damaged: if it doesn't fit, or isn't such a header.
    """
    size = os.fstat(file.fileno()).st_size
    if not size:
        raise Damaged(path, "it is empty")
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > MOST_HEADER_BYTES:
        raise Damaged(path, "it doesn't begin with a safetensors header")
    if size < 8 + length:
        raise Damaged(path, f"it is truncated to {size:,} bytes")
    header = file.read(length)
    try:
        ends = [_end(entry) for name, entry in json.loads(header).items() if name != "__metadata__"]
    except (ValueError, AttributeError, KeyError, TypeError, IndexError, RecursionError):
        raise Damaged(path, "its header is malformed") from None
    wanted = 8 + length + max(ends, default=0)
    if size != wanted:
        how = "truncated" if size < wanted else "too long"
        raise Damaged(path, f"it is {how}, {size:,} bytes instead of {wanted:,}")
    return header


def _format(header: bytes) -> Any:
    metadata = json.loads(header).get("__metadata__")
    return metadata.get("format") if isinstance(metadata, dict) else None


def _end(entry: Any) -> int:
    end = entry["data_offsets"][1]
    if not isinstance(end, int):
        raise TypeError("not an offset")
    return end


def _digest(file: BinaryIO, place: int) -> str:
    """Return the SHA-256 of ``file`` with zeros for the 64 bytes at ``place``."""
    file.seek(0)
    found = hashlib.sha256(file.read(place) + BLANK.encode())
    file.seek(place + len(BLANK))
    while block := file.read(BLOCK_BYTES):
        found.update(block)
    return found.hexdigest()
