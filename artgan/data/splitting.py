"""Split pictures into training and held-out ones by their names alone, so that adding some moves none of the others."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence


def is_held_out(name: str, share: float) -> bool:
    """Return whether a picture belongs to the ``share`` that is held out."""
    return _draw(name) < share


def capped(numbers: Iterable[int], names: Sequence[str], labels: Sequence[str], most: int) -> list[int]:
    """Return at most ``most`` pictures per label, chosen by their names.

    Args:
        numbers: indices to choose from.
        names: names of all pictures.
        labels: labels of all pictures.
        most: largest number of pictures per label.
    """
    kept = Counter[str]()
    chosen = []
    for number in sorted(numbers, key=lambda number: _draw(names[number] + "#")):
        kept[labels[number]] += 1
        if kept[labels[number]] <= most:
            chosen.append(number)
    return sorted(chosen)


def _draw(name: str) -> float:
    """Return a pseudo-random number in [0, 1)."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
