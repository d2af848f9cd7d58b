"""What can go wrong, in words for the person at the keyboard.

A message says what was wrong, what was expected and what to do next, in one or two lines.
"""

import difflib
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar


class ArtganError(Exception):
    """A failure that is not the user's mistake; the command line exits with 1."""

    exit_code = 1


class UserError(ArtganError):
    """Something the user asked for can't be: a wrong name, value or file; the command line exits with 2."""

    exit_code = 2


class Unreadable(UserError):
    """A picture can't be read, and ``--strict`` asks that none be left out."""

    def __init__(self, data: str, name: str, why: str) -> None:
        super().__init__(
            f"{name} of {data} can't be read: {why}. --strict leaves nothing out: mend it or take it away, or go "
            "without --strict."
        )


class Diverged(ArtganError):
    """Numbers of a training are no longer finite. ``what`` says which, without advice."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Try a lower learning rate or --precision 32-true.")
        self.what = what


class Damaged(ArtganError):
    """A file is not as it was written. ``why`` says how one sees."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is damaged: {why}.")
        self.path, self.why = path, why


class Collapsed(ArtganError):
    """A training was stopped because it had failed, as ``--stop-on-collapse`` asks; the command line exits with 3."""

    exit_code = 3


class Terminated(KeyboardInterrupt):
    """A signal ends the program: what was begun is tidied up as after Ctrl-C, and the exit code is 128 + ``signal``."""

    # What lies between an exception and the exit code may know of Ctrl-C only.
    latest: ClassVar[int] = signal.SIGINT

    def __init__(self, number: int) -> None:
        super().__init__(number)
        Terminated.latest = number


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be, whole or its beginning, or None if nothing is close.

    In a short word a letter may be wrong, no more: any two short words have some in common.
    """
    word = name.casefold()
    by_folded = {other.casefold(): other for other in known}
    found = difflib.get_close_matches(word, by_folded, n=1, cutoff=0.7 if 4 <= len(word) <= 5 else 0.6)
    if found or len(word) < 5:
        return by_folded[found[0]] if found else None
    begun = {other[: len(word)]: shown for other, shown in reversed(by_folded.items())}  # of several, the first
    found = difflib.get_close_matches(word, begun, n=1, cutoff=0.75)
    return begun[found[0]] if found else None


SHOWN = 12
"""As many names as a message takes."""


def unknown(kind: str, name: str, known: Iterable[str], hint: str = "") -> UserError:
    """A :class:`UserError` for a name that doesn't exist: the nearest match if there is one, else what there is."""
    known = list(known)
    guess = nearest(name, known)
    if guess:
        advice = f"Did you mean '{guess}'?"
    elif known:
        shown = ", ".join(known[:SHOWN]) + (", …" if len(known) > SHOWN else "")
        advice = f"There are: {shown}."
    else:
        advice = ""
    return UserError(" ".join(part for part in (f"No {kind} is called '{name}'.", advice, hint) if part))
