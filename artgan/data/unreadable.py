"""What is wrong with pictures and which were left out, in words for somebody who has never heard of Pillow."""

import errno
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from artgan.errors import Unreadable, UserError
from artgan.util.text import pluralize

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


def nothing_readable(data: str, damaged: Mapping[str, str]) -> UserError:
    """The error of pictures, called ``data``, that are all ``damaged``."""
    return UserError(f"No picture of {printable(data)} can be read: {summary(damaged)}. Choose others, or mend these.")


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
        images: how many were asked for, without those that have no label.
        damaged: reasons by the file's name.
        unread: the same of folders and links that weren't looked into.
        copies: originals by the copy's name.
        alike: whether copies may be mere look-alikes.
        unlabelled: those without a label where others have one.
    """
    found, pictures = [], images + len(unlabelled)
    if unread:
        found.append(f"Not looked into: {summary(unread)}.")
    if damaged:
        left_out = f"can't be read and {_were(damaged)} left out: {summary(damaged)}."
        found.append(f"{len(damaged):,} of {pluralize(pictures, 'picture')} {left_out}")
    if unlabelled:
        has, them, their = ("has", "it", "its") if len(unlabelled) == 1 else ("have", "them", "their")
        found.append(
            f"{len(unlabelled):,} of {pluralize(pictures, 'picture')} {has} no label and {_were(unlabelled)} left out "
            f"({_some(unlabelled)}). To keep {them} as a label of {their} own: --data-option unsorted=label"
        )
    if copies:
        copy, original = next(iter(copies.items()))
        one, many, same = "copy", "copies", "equals"
        if alike:
            one, many, same = "copy or look-alike", "copies or look-alikes", "looks like"
        kind = pluralize(len(copies), f"{one} of another picture", f"{many} of other pictures")
        pair = f"{printable(copy)} {same} {printable(original)}{', …' if len(copies) > 1 else ''}"
        found.append(f"{kind} {_were(copies)} left out ({pair}).")
    return found


def _were(files: Sized) -> str:
    return "was" if len(files) == 1 else "were"


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
