"""Break text to fit a terminal, but never inside a path or a command, which people may want to copy."""

import os
import re
import textwrap
from typing import TextIO

_COMMAND = re.compile(r"`[^`]*`|(?:^|(?<=: ))artgan [^`]*$")
INDENT = 4
"""Indentation of a value that is too long to stand next to its key."""
_GLUE = "\ue000"
"""Stands for the spaces in a command; textwrap takes it for a letter."""


def columns(stream: TextIO) -> int | None:
    """Return the width of the terminal behind ``stream``; None if it is a pipe or a file, or doesn't tell."""
    if not stream.isatty():
        return None
    if os.environ.get("COLUMNS", "").isdecimal():
        return int(os.environ["COLUMNS"]) or None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def lines(text: str, width: int | None, begin: int = 0) -> list[str]:
    """Break ``text`` into lines of at most ``width`` letters, except for longer words; one line if there is no width.

    The first line starts after ``begin`` letters that are already there.
    """
    if "\n" in text:
        head, tail = text.split("\n", 1)
        return [*lines(head, width, begin), *lines(tail, width)]
    if not width or begin + len(text) <= width or not text.strip():
        return [text]
    glued = _COMMAND.sub(lambda command: command[0].replace(" ", _GLUE), text)
    broken = textwrap.wrap(
        glued, max(width, 1), initial_indent="." * begin, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_GLUE, " ") for line in [broken[0][begin:], *broken[1:]]]


def beside(text: str, begin: int, width: int) -> list[str]:
    """Break ``text`` into lines next to a key that takes ``begin`` letters; all but the first are indented.

    Text that doesn't fit there, such as a long path, goes below the key.
    """
    found = lines(text, max(width - begin, 1))
    if max(map(len, found)) <= width - begin:
        return [found[0], *(" " * begin + line for line in found[1:])]
    below = lines(text, max(width - INDENT, 1))
    indent = max(min(INDENT, width - max(map(len, below))), 0)
    return ["", *(" " * indent + line for line in below)]
