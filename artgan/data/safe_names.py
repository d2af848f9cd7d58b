"""Make file names safe to show and to store: a name may be any bytes, and may contain terminal escapes."""

import re
import unicodedata

# Controls, lone surrogates, line and paragraph separators; then marks that change the writing direction.
_INVISIBLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_SURROGATES = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def safe_name(name: str) -> str:
    r"""Return ``name`` with bytes that aren't UTF-8 and terminal controls escaped, as ``\xff`` and ``\x1b``."""
    if name.isprintable():
        return name
    # Some surrogates stand for a byte that isn't UTF-8 (in file names); the others for nothing (in JSON).
    whole = _SURROGATES.sub(lambda found: _escape(found[0]), name)
    text = whole.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        _escape(character)
        if unicodedata.category(character) in _INVISIBLE or character in _BIDIRECTIONAL
        else character
        for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
