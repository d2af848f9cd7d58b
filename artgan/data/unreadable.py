"""Report unreadable pictures and those left out, in words for people who have never heard of Pillow."""

import errno
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from artgan.errors import Unreadable, UserError
from artgan.util.text import pluralize

SHOWN = 2
"""Number of files that a note names per reason."""


def reason(error: Exception, source: Any = None) -> str:
    """Return why a picture can't be read, in a few words.

    Args:
        error: the exception from opening or decoding it.
        source: the picture's file, if it has one.
    """
    text = " ".join(str(error).split())
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError):
        return "no longer exists"
    if isinstance(error, Image.DecompressionBombError):
        return "too many pixels"
    if isinstance(source, Path) and _is_empty(source):
        return "empty"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture, despite its name"
    if "truncated" in text.lower():
        return "truncated"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "circular link"
    return (error.strerror if isinstance(error, OSError) else None) or text or type(error).__name__


def raise_first(data: str, damaged: Mapping[str, str]) -> None:
    """Raise :class:`Unreadable` for the first entry of ``damaged``, if there is one, as ``--strict`` requires."""
    for name, why in damaged.items():
        raise Unreadable(data, printable(name), why)


def nothing_readable(data: str, damaged: Mapping[str, str]) -> UserError:
    """Return the error for a data set all of whose pictures are ``damaged``."""
    return UserError(f"No picture of {printable(data)} can be read: {summary(damaged)}. Fix these, or use others.")


def summary(damaged: Mapping[str, str]) -> str:
    """List files by reason: ``a.png, b.png and 3 more (empty), c.png (truncated)``.

    Args:
        damaged: reasons by file name.
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
    """Return notes about what a preparation left out, one line per kind.

    Args:
        images: number of images that were requested, not counting unlabelled ones.
        damaged: reasons of unreadable pictures, by file name.
        unread: reasons of folders and links that weren't searched, by name.
        copies: names of originals by the name of their copy.
        alike: whether copies include look-alikes.
        unlabelled: names of pictures without a label where others have one.
    """
    found, pictures = [], images + len(unlabelled)
    if unread:
        found.append(f"Not searched: {summary(unread)}.")
    if damaged:
        left_out = f"can't be read and {_were(damaged)} left out: {summary(damaged)}."
        found.append(f"{len(damaged):,} of {pluralize(pictures, 'picture')} {left_out}")
    if unlabelled:
        has, them, their = ("has", "it", "its") if len(unlabelled) == 1 else ("have", "them", "their")
        found.append(
            f"{len(unlabelled):,} of {pluralize(pictures, 'picture')} {has} no label and {_were(unlabelled)} left out "
            f"({_some(unlabelled)}). To give {them} {their} own label, use --data-option unsorted=label"
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
    """Return a file's name on one line, whatever bytes it consists of."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False
