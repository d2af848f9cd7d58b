"""Which pictures are learnt from: decided by their names alone, so that adding some moves none of the others."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence


def is_held_out(name: str, share: float) -> bool:
    """Whether a picture is among the ``share`` that isn't learnt from."""
    return _draw(name) < share


def capped(numbers: Iterable[int], names: Sequence[str], labels: Sequence[str], most: int) -> list[int]:
    """Those of ``numbers`` that are left with ``most`` pictures a label; ``names`` and ``labels`` are all pictures'."""
    kept = Counter[str]()
    chosen = []
    for number in sorted(numbers, key=lambda number: _draw(names[number] + "#")):
        kept[labels[number]] += 1
        if kept[labels[number]] <= most:
            chosen.append(number)
    return sorted(chosen)


def _draw(name: str) -> float:
    """A number in [0, 1)."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
