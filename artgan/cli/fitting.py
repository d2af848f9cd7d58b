"""Breaking text to fit a terminal: between words, and never within a path or a command, which one may want to copy."""

import os
import re
import textwrap
from typing import TextIO

_COMMAND = re.compile(r"`[^`]*`|(?<=: )artgan [^`]*$")
_GLUE = "\ue000"
"""Stands for the spaces of a command; textwrap takes it for a letter."""


def columns(stream: TextIO) -> int | None:
    """How wide the terminal behind ``stream`` is; None if it is a pipe or a file, or doesn't say."""
    if not stream.isatty():
        return None
    if os.environ.get("COLUMNS", "").isdecimal():
        return int(os.environ["COLUMNS"]) or None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def lines(text: str, width: int | None, begin: int = 0) -> list[str]:
    """``text`` in lines of at most ``width`` letters, but for words that are longer; one line if there is no width.

    The first begins after ``begin`` letters that stand there already.
    """
    if not width or begin + len(text) <= width:
        return [text]
    glued = _COMMAND.sub(lambda command: command[0].replace(" ", _GLUE), text)
    broken = textwrap.wrap(
        glued, max(width, 1), initial_indent="." * begin, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(_GLUE, " ") for line in [broken[0][begin:], *broken[1:]]]
