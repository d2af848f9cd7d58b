"""Names of files as text that can be shown and kept: a name may be any bytes, and say anything to a terminal."""

import re
import unicodedata

# Controls, halves of characters, and what turns the direction of writing around.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def readable(name: str) -> str:
    """``name`` with ``\\xff`` for bytes that are no UTF-8, and ``\\x1b`` for what a terminal would obey."""
    if name.isprintable():
        return name
    # Half a character may stand for a byte that is no UTF-8 (in a file's name), or for nothing (in JSON).
    whole = _HALVES.sub(lambda found: _escaped(found[0]), name)
    text = whole.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        _escaped(sign) if unicodedata.category(sign) in _UNSEEN or sign in _TURNING else sign for sign in text
    )


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
