"""What one picture looks like: all that is asked of a folder of pictures before anything is learnt from it."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.picture import GREY_MODES, Source, decode, is_transparent, opened, to_mode

THUMBNAIL = 8
"""Pictures are compared as thumbnails of this many pixels a side."""

Transparency = Literal["none", "hard", "soft"]

# More colours than this and it is painted or photographed, not set pixel by pixel; grey pictures have but 256.
MOST_COLOURS, MOST_GREYS = 256, 32
# Neighbouring pixels that differ, but by no more than this, belong to a gradient.
GRADIENT = 8
# A picture with more of those among its unequal neighbours is smooth.
MOST_GRADIENT = 0.2
# Formats that put noise around every edge, so that pixels of one colour are no more.
LOSSY = frozenset({"JPEG", "MPO"})


@dataclass(frozen=True, slots=True)
class Header:
    """What the beginning of a file tells.

    Attributes:
        width, height: pixels, as stored.
        mode: Pillow's.
        grey: whether it has no colours.
        may_be_transparent: whether it has an alpha channel or a transparent colour.
    """

    width: int
    height: int
    mode: str
    grey: bool
    may_be_transparent: bool


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the whole picture tells.

    Attributes:
        width, height: pixels, upright.
        mode: Pillow's.
        transparency: none at all, fully transparent pixels only, or half-transparent ones too.
        grey: whether all its colours are greys.
        colours: how many there are.
        pixel_art: whether it was set pixel by pixel.
        digest: of its size and its pixels, whatever the file's format.
        thumbnail: (8, 8, 4) uint8, its colours weighted by opacity.
    """

    width: int
    height: int
    mode: str
    transparency: Transparency
    grey: bool
    colours: int
    pixel_art: bool
    digest: bytes
    thumbnail: NDArray[np.uint8]


def glance(source: Source) -> Header:
    """The header of a picture. Raises what Pillow raises."""
    with opened(source) as image:
        return Header(*image.size, image.mode, image.mode in GREY_MODES, is_transparent(image))


def look(source: Source) -> Look:
    """All about a picture. Raises what Pillow raises for a damaged one."""
    with opened(source) as image:
        lossy = image.format in LOSSY
        mode = image.mode
        return decode(image, lambda whole: _describe(whole, mode, lossy))


def _describe(image: Image.Image, mode: str, lossy: bool) -> Look:
    rgba = to_mode(image, 4, "white")
    pixels = np.asarray(rgba)
    alpha = pixels[:, :, 3]
    visible = alpha > 0
    words = np.ascontiguousarray(pixels).view(np.uint32)[:, :, 0] * visible
    colours = len(np.unique(words[visible]))
    # Of a picture that shows nothing, the file's mode tells.
    grey = bool((np.ptp(pixels[:, :, :3], axis=2)[visible] == 0).all()) and (colours > 0 or mode in GREY_MODES)
    thumbnail = rgba.convert("RGBa").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return Look(
        *image.size,
        mode,
        _transparency(alpha),
        grey,
        colours,
        not lossy and _is_pixel_art(pixels, words, visible, colours, grey),
        hashlib.blake2b(words.tobytes() + bytes(str(image.size), "ascii"), digest_size=16).digest(),
        np.asarray(thumbnail).reshape(THUMBNAIL, THUMBNAIL, 4),
    )


def _transparency(alpha: NDArray[np.uint8]) -> Transparency:
    if alpha.min(initial=255) == 255:
        return "none"
    return "soft" if ((alpha > 0) & (alpha < 255)).any() else "hard"


def _is_pixel_art(
    pixels: NDArray[np.uint8], words: NDArray[np.uint32], visible: NDArray[np.bool_], colours: int, grey: bool
) -> bool:
    """Few colours, used again and again, and next to each other without gradients between them."""
    shown = int(visible.sum())
    if not shown or colours > min(MOST_GREYS if grey else MOST_COLOURS, max(2, shown // 3)):
        return False
    unequal = gradual = 0
    for axis in (0, 1):
        one, other = (np.s_[:-1], np.s_[1:]) if axis == 0 else (np.s_[:, :-1], np.s_[:, 1:])
        pairs = (words[one] != words[other]) & visible[one] & visible[other]
        unequal += int(pairs.sum())
        difference = np.abs(pixels[one].astype(np.int16) - pixels[other])[..., :3].max(axis=2)
        gradual += int((pairs & (difference <= GRADIENT)).sum())
    return gradual <= MOST_GRADIENT * unequal
