"""Find duplicate pictures: the same pixels, or so nearly the same that no one could tell them apart.

A 64-bit difference hash finds candidates (Krawetz 2013, "Kind of like that"): if two hashes differ in at most three
bits, at least one of their four 16-bit bands is equal. Colour thumbnails then decide, since a red and a blue version
of the same drawing have the same hash.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from artgan.data.image_stats import THUMBNAIL, measure
from artgan.data.parallel import map_slices
from artgan.data.picture import Source

BANDS, BAND_BITS, MOST_BITS = 4, 16, 3
# Largest root mean square difference (of 255) between the thumbnails of near-duplicates. Only opaque pixels count:
# two small boots on a transparent background differ in few pixels, however different they are.
NEAR = 3.0
FEWEST_OPAQUE = 1 / 64
# A band shared by this many pictures (that of blank ones, say) says nothing about any of them.
CROWD = 256


def exact(keys: NDArray[np.uint64]) -> dict[int, int]:
    """Map each picture whose key (a row of ``keys``) occurred before to the first picture with that key."""
    # Sort instead of looking keys up: 200,000 of them in a dictionary take 50 MB. The sort is stable.
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
    """Map each near-duplicate to the earlier picture that it resembles, which isn't a near-duplicate itself.

    Args:
        thumbnails: (N, 8, 8, 4) uint8, colours weighted by opacity.
        groups: group of each picture; only pictures of the same group are compared. None: compare all.
    """
    hashes = _hashes(thumbnails)
    bands = hashes.view(np.uint16).reshape(-1, BANDS)
    flat = thumbnails.reshape(len(thumbnails), THUMBNAIL * THUMBNAIL * 4)
    found: dict[int, int] = {}
    # Group, band and the band's value are packed into one number: tuples would take more memory than the thumbnails.
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
    """Map each file that equals an earlier one of its group to that file.

    Args:
        sizes: size of each file in bytes (None: unknown); only files of equal size are read.
        groups: group of each file.
        content: reads a file by its index; may raise ``OSError``.
    """
    lengths, places = Counter(sizes), _numbered(groups)

    def identities(numbers: range) -> NDArray[np.uint64]:
        keys = np.zeros((len(numbers), 4), np.uint64)
        for key, index in zip(keys, numbers, strict=True):
            # The key is unique unless the file may equal another and can be read.
            key[0], key[1] = 1, index
            if lengths[sizes[index]] > 1:
                with suppress(OSError):
                    key[2:] = np.frombuffer(hashlib.blake2b(content(index), digest_size=16).digest(), np.uint64)
                    key[0], key[1] = 0, places[index]
        return keys

    parts = [keys for _, keys in map_slices(len(sizes), identities)]
    return exact(np.concatenate(parts)) if parts else {}


def look_alikes(groups: Sequence[Hashable], open_picture: Callable[[int], Source]) -> dict[int, int]:
    """Map each picture that looks like an earlier one of its group to that picture; unreadable ones are skipped.

    Args:
        groups: group of each picture.
        open_picture: opens a picture by its index.
    """
    seen = np.zeros(len(groups), bool)
    thumbnails = np.zeros((len(groups), THUMBNAIL, THUMBNAIL, 4), np.uint8)

    def add_thumbnails(indices: range) -> None:
        for index in indices:
            # Pillow raises nearly anything for a damaged file, which is reported when it is read for training.
            with suppress(Exception):
                thumbnails[index] = measure(open_picture(index)).thumbnail
                seen[index] = True

    for _ in map_slices(len(groups), add_thumbnails):
        pass
    whole = np.flatnonzero(seen).tolist()
    pairs = near(thumbnails[whole], [groups[index] for index in whole])
    return {whole[copy]: whole[original] for copy, original in pairs.items()}


def _numbered(groups: Sequence[Hashable]) -> NDArray[np.int64]:
    """Return the number of each picture's group, (N,)."""
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
    """Return the difference hashes (N,): whether each cell is brighter than the next one in its row, cyclically.

    Opacity counts as brightness.
    """
    brightness = thumbnails.sum(axis=3, dtype=np.uint16)
    bits = brightness > np.roll(brightness, -1, axis=2)
    return np.packbits(bits.reshape(len(thumbnails), 64), axis=1).view(np.uint64)[:, 0]
