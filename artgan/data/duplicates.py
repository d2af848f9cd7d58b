"""Pictures that are there twice: the same pixels, or so nearly the same that nobody would tell them apart.

A difference hash of 64 bits finds candidates (Krawetz 2013, "Kind of like that"): of two hashes that differ in three
bits at most, one of four equal parts is the same. Thumbnails in colour then decide, since a red potion and a blue one
of the same drawing hash alike.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from artgan.data.image_stats import THUMBNAIL, look
from artgan.data.parallel import in_slices
from artgan.data.picture import Source

BANDS, BAND_BITS, MOST_BITS = 4, 16, 3
# Root mean square difference of thumbnails, of 255, up to which two pictures are nearly the same. It is taken over
# what is opaque: two small boots on nothing differ in few pixels, however different they are.
NEAR = 3.0
FEWEST_OPAQUE = 1 / 64
# A band that so many pictures share tells nothing about any of them (a blank picture's, say).
CROWD = 256


def exact(keys: NDArray[np.uint64]) -> dict[int, int]:
    """Each picture that has the key (a row of ``keys``) of an earlier one, and which is the first that has it."""
    # Sorted, not looked up: 200,000 keys in a dictionary are 50 MB. The order of equal ones stays.
    order = np.lexsort(keys.T)
    ranked = keys[order]
    begins = np.ones(len(keys), bool)
    begins[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    firsts = order[begins][np.cumsum(begins) - 1]
    copies = np.sort(order[~begins])
    first_of = np.empty(len(keys), np.int64)
    first_of[order] = firsts
    return dict(zip(copies.tolist(), first_of[copies].tolist(), strict=True))


def near(thumbnails: NDArray[np.uint8], groups: Sequence[Hashable] | None = None) -> dict[int, int]:
    """Each picture that is nearly the same as an earlier one (which is none of these itself), and which one that is.

    Args:
        thumbnails: (N, 8, 8, 4) uint8, colours weighted by opacity.
        groups: only pictures of the same group are compared; None: all.
    """
    hashes = _hashes(thumbnails)
    bands = hashes.view(np.uint16).reshape(-1, BANDS)
    flat = thumbnails.reshape(len(thumbnails), THUMBNAIL * THUMBNAIL * 4)
    found: dict[int, int] = {}
    # By group, band and what is in the band, as one number: as tuples, keys would weigh more than the thumbnails.
    seen: dict[int, list[int]] = {}
    places = _numbered(groups) if groups is not None else None
    for index in range(len(thumbnails)):
        place = BANDS * (int(places[index]) if places is not None else 0)
        keys = [(place + band << BAND_BITS) + int(bands[index, band]) for band in range(BANDS)]
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
    lengths, places = Counter(sizes), _numbered(groups)

    def identities(numbers: range) -> NDArray[np.uint64]:
        keys = np.zeros((len(numbers), 4), np.uint64)
        for key, index in zip(keys, numbers, strict=True):
            # A key of its own, unless it may be like another and can be read.
            key[0], key[1] = 1, index
            if lengths[sizes[index]] > 1:
                with suppress(OSError):
                    key[2:] = np.frombuffer(hashlib.blake2b(content(index), digest_size=16).digest(), np.uint64)
                    key[0], key[1] = 0, places[index]
        return keys

    parts = [keys for _, keys in in_slices(len(sizes), identities)]
    return exact(np.concatenate(parts)) if parts else {}


def look_alikes(groups: Sequence[Hashable], open_picture: Callable[[int], Source]) -> dict[int, int]:
    """Each picture that looks like an earlier one of its group, and which one; damaged ones look like nothing."""
    seen = np.zeros(len(groups), bool)
    thumbnails = np.zeros((len(groups), THUMBNAIL, THUMBNAIL, 4), np.uint8)

    def look_at(numbers: range) -> None:
        for index in numbers:
            # Pillow raises nearly anything for a damaged file; who reads it tells of it.
            with suppress(Exception):
                thumbnails[index] = look(open_picture(index)).thumbnail
                seen[index] = True

    for _ in in_slices(len(groups), look_at):
        pass
    whole = np.flatnonzero(seen).tolist()
    pairs = near(thumbnails[whole], [groups[index] for index in whole])
    return {whole[copy]: whole[original] for copy, original in pairs.items()}


def _numbered(groups: Sequence[Hashable]) -> NDArray[np.int64]:
    """A number for each group, at each picture's place."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    return np.fromiter((numbers[group] for group in groups), np.int64, len(groups))


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
    brightness = thumbnails.sum(axis=3, dtype=np.uint16)
    bits = brightness > np.roll(brightness, -1, axis=2)
    return np.packbits(bits.reshape(len(thumbnails), 64), axis=1).view(np.uint64)[:, 0]
