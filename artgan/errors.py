"""Errors, worded for the person at the keyboard.

A message says what was wrong, what was expected and what to do next, in one or two lines.
"""

import difflib
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar


class ArtganError(Exception):
    """A failure that isn't the user's mistake; the command line exits with 1."""

    exit_code = 1


class UserError(ArtganError):
    """A request that can't be met: a wrong name, value or file; the command line exits with 2."""

    exit_code = 2


class Unreadable(UserError):
    """An unreadable picture, when ``--strict`` forbids leaving any out.

    Args:
        data: the name of the data set.
        name: the name of the picture.
        why: the reason, in a few words.
    """

    def __init__(self, data: str, name: str, why: str) -> None:
        super().__init__(
            f"{name} of {data} can't be read: {why}. --strict leaves no picture out: fix or remove this one, or run "
            "again without --strict."
        )


class Diverged(ArtganError):
    """Training values that are no longer finite.

    Attributes:
        what: a sentence that names them, without advice.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Try a lower learning rate or --precision 32-true.")
        self.what = what


class Damaged(ArtganError):
    """A file whose contents aren't what was written.

    Attributes:
        path: the file.
        why: how the damage shows.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is damaged: {why}.")
        self.path, self.why = path, why


class Collapsed(ArtganError):
    """A failed training run, stopped as ``--stop-on-collapse`` asks; the command line exits with 3."""

    exit_code = 3


class Terminated(KeyboardInterrupt):
    """A signal that ends the program: it cleans up as after Ctrl-C, then exits with 128 + the signal's number.

    Class attributes:
        latest: the number of the latest signal, kept here because some code between the exception and the exit code
            only knows Ctrl-C.
    """

    latest: ClassVar[int] = signal.SIGINT

    def __init__(self, number: int) -> None:
        super().__init__(number)
        Terminated.latest = number


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` probably means, or None if nothing is close.

    The beginning of a known name stands for all of it. A short name may be off by one letter at most, because any two
    short names have some letters in common.
    """
    word = name.casefold()
    by_folded = {other.casefold(): other for other in known}
    found = difflib.get_close_matches(word, by_folded, n=1, cutoff=0.7 if 4 <= len(word) <= 5 else 0.6)
    if found or len(word) < 5:
        return by_folded[found[0]] if found else None
    # Reversed, so that the first of several names with the same beginning wins.
    by_beginning = {other[: len(word)]: shown for other, shown in reversed(by_folded.items())}
    found = difflib.get_close_matches(word, by_beginning, n=1, cutoff=0.75)
    return by_beginning[found[0]] if found else None


MOST_SHOWN = 12
"""Most names that a message lists."""


def unknown(kind: str, name: str, known: Iterable[str], hint: str = "") -> UserError:
    """Return a :class:`UserError` for a name that doesn't exist.

    Args:
        kind: what should have had the name: ``"model"``.
        name: the name.
        known: existing names; the message suggests the nearest, or lists them if none is close.
        hint: a sentence that says where to find more.
    """
    known = list(known)
    guess = nearest(name, known)
    if guess:
        advice = f"Did you mean '{guess}'?"
    elif known:
        advice = f"Available: {', '.join(known[:MOST_SHOWN])}" + (", …" if len(known) > MOST_SHOWN else ".")
    else:
        advice = ""
    return UserError(" ".join(part for part in (f"No {kind} is called '{name}'.", advice, hint) if part))
