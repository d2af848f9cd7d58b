"""Pictures that are there twice: the same pixels, or so nearly the same that nobody would tell them apart.

A difference hash of 64 bits finds candidates (Krawetz 2013, "Kind of like that"): of two hashes that differ in three
bits at most, one of four equal parts is the same. Thumbnails in colour then decide, since a red potion and a blue one
of the same drawing hash alike.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from artgan.data.look import look
from artgan.data.picture import Source

BANDS, BAND_BITS, MOST_BITS = 4, 16, 3
# Root mean square difference of thumbnails, of 255, up to which two pictures are nearly the same. It is taken over
# what is opaque: two small boots on nothing differ in few pixels, however different they are.
NEAR = 3.0
FEWEST_OPAQUE = 1 / 64
# A band that so many pictures share tells nothing about any of them (a blank picture's, say).
CROWD = 256


def exact(keys: Iterable[Hashable]) -> dict[int, int]:
    """Each picture that has the key of an earlier one, and which one that is."""
    first: dict[Hashable, int] = {}
    return {index: first[key] for index, key in enumerate(keys) if first.setdefault(key, index) != index}


def near(thumbnails: NDArray[np.uint8], groups: Sequence[Hashable] | None = None) -> dict[int, int]:
    """Each picture that is nearly the same as an earlier one (which is none of these itself), and which one that is.

    Args:
        thumbnails: (N, 8, 8, 4) uint8, colours weighted by opacity.
        groups: only pictures of the same group are compared; None: all.
    """
    hashes = _hashes(thumbnails)
    bands = hashes.view(np.uint16).reshape(-1, BANDS)
    flat = thumbnails.reshape(len(thumbnails), -1)
    found: dict[int, int] = {}
    seen: dict[Hashable, list[int]] = {}
    for index in range(len(thumbnails)):
        group = groups[index] if groups is not None else None
        keys = [(group, band, int(bands[index, band])) for band in range(BANDS)]
        earlier = sorted({other for key in keys for other in seen.get(key, ())})
        original = _nearest(index, earlier, hashes, flat)
        if original is not None:
            found[index] = original
            continue
        for key in keys:
            members = seen.setdefault(key, [])
            if len(members) < CROWD:
                members.append(index)
    return found


def equal_files(
    sizes: Sequence[int | None], groups: Sequence[Hashable], content: Callable[[int], bytes]
) -> dict[int, int]:
    """Each file that is equal to an earlier one of its group, and which one that is.

    Args:
        sizes: bytes of each; only files of equal size are read. None: not known.
        groups: of each.
        content: reads one by its number; may raise ``OSError``.
    """
    lengths = Counter(sizes)

    def identity(index: int) -> Hashable:
        if lengths[sizes[index]] < 2:
            return sizes[index], groups[index]
        try:
            return hashlib.blake2b(content(index), digest_size=16).digest(), groups[index]
        except OSError:
            return index, "unreadable"

    return exact(identity(index) for index in range(len(sizes)))


def look_alikes(groups: Sequence[Hashable], open_picture: Callable[[int], Source]) -> dict[int, int]:
    """Each picture that looks like an earlier one of its group, and which one; damaged ones look like nothing."""
    seen: list[int] = []
    thumbnails = []
    for index in range(len(groups)):
        try:
            thumbnails.append(look(open_picture(index)).thumbnail)
        # Pillow raises nearly anything for a damaged file; who reads it tells of it.
        except Exception:
            continue
        seen.append(index)
    pairs = near(np.stack(thumbnails), [groups[index] for index in seen]) if seen else {}
    return {seen[copy]: seen[original] for copy, original in pairs.items()}


def _nearest(index: int, earlier: list[int], hashes: NDArray[np.uint64], flat: NDArray[np.uint8]) -> int | None:
    if not earlier:
        return None
    others = np.asarray(earlier)
    unequal = (hashes[others] ^ hashes[index])[:, None].view(np.uint8)
    others = others[np.unpackbits(unequal, axis=1).sum(axis=1) <= MOST_BITS]
    if not len(others):
        return None
    differences = flat[others].astype(np.float32) - flat[index]
    opaque = np.maximum(flat[others, 3::4].mean(axis=1), flat[index, 3::4].mean()) / 255
    distances = np.sqrt(np.square(differences).mean(axis=1) / np.maximum(opaque, FEWEST_OPAQUE))
    best = int(distances.argmin())
    return int(others[best]) if distances[best] <= NEAR else None


def _hashes(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(N,): whether each cell is brighter than the next, the last than the first; opacity counts as brightness."""
    brightness = thumbnails.astype(np.uint16).sum(axis=3)
    bits = brightness > np.roll(brightness, -1, axis=2)
    return np.packbits(bits.reshape(len(thumbnails), 64), axis=1).view(np.uint64)[:, 0]
