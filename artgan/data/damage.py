"""What is wrong with pictures and which were left out, in words for somebody who has never heard of Pillow."""

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from artgan.errors import Unreadable

SHOWN = 2
"""So many files are named of each kind of damage."""


def reason(error: Exception, source: Any = None) -> str:
    """Why a picture can't be read.

    Args:
        error: what opening or decoding it raised.
        source: the file, if it is one on the disk.
    """
    text = " ".join(str(error).split())
    if isinstance(error, PermissionError):
        return "may not be opened"
    if isinstance(error, FileNotFoundError):
        return "is gone"
    if isinstance(error, Image.DecompressionBombError):
        return "has too many pixels"
    if isinstance(source, Path) and _is_empty(source):
        return "empty"
    if isinstance(error, UnidentifiedImageError):
        return "no picture, whatever its name says"
    if "truncated" in text.lower():
        return "cut short"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "a link that leads in a circle"
    return (error.strerror if isinstance(error, OSError) else None) or text or type(error).__name__


def forbid(data: str, damaged: Mapping[str, str]) -> None:
    """Raise :class:`Unreadable` with the first of ``damaged``, if there is one: so ``--strict`` wants it."""
    for name, why in damaged.items():
        raise Unreadable(data, printable(name), why)


def summary(damaged: Mapping[str, str]) -> str:
    """Files by what is wrong with them: ``a.png, b.png and 3 more (empty), c.png (cut short)``.

    Args:
        damaged: reasons by the file's name.
    """
    files: dict[str, list[str]] = {}
    for name, why in damaged.items():
        files.setdefault(why, []).append(name)
    return ", ".join(f"{_some(names)} ({why})" for why, names in files.items())


def notes(
    images: int,
    damaged: Mapping[str, str],
    unread: Mapping[str, str],
    copies: Mapping[str, str],
    alike: bool,
    unlabelled: Sequence[str],
) -> list[str]:
    """What the user should know of a preparation, a line for each kind of pictures that were left out.

    Args:
        images: how many were asked for.
        damaged: reasons by the file's name.
        unread: the same of folders and links that weren't looked into.
        copies: originals by the copy's name.
        alike: whether copies may be mere look-alikes.
        unlabelled: those without a label where others have one.
    """
    found = []
    if unread:
        found.append(f"Not looked into: {summary(unread)}.")
    if unlabelled:
        found.append(
            f"{len(unlabelled):,} of {images + len(unlabelled):,} pictures have no label and were left out "
            f"({_some(unlabelled)}). To keep them as a label of their own: --data-option unsorted=label"
        )
    if damaged:
        found.append(f"{len(damaged):,} of {images:,} pictures can't be read and were left out: {summary(damaged)}.")
    if copies:
        copy, original = next(iter(copies.items()))
        kind, same = ("copies or look-alikes", "looks like") if alike else ("copies", "equals")
        pair = f"{printable(copy)} {same} {printable(original)}"
        found.append(f"{len(copies):,} {kind} of other pictures were left out ({pair}, …).")
    return found


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(printable, names[:SHOWN]))
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown


def printable(name: str) -> str:
    """A file's name on one line, whatever bytes it is made of."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False
