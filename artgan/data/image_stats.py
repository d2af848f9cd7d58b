"""Measure single pictures: size, mode, transparency, colours, whether they are pixel art."""

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.picture import GREY_MODES, Source, decode, is_transparent, opened, to_mode

THUMBNAIL = 8
"""Width and height of the thumbnails by which pictures are compared."""

Transparency = Literal["none", "hard", "soft"]

# Pictures with more colours are painted or photographed, not pixel art. Grey pictures have at most 256 levels anyway.
MOST_COLOURS, MOST_GREYS = 256, 32
# Neighbouring pixels that differ by at most this much belong to a gradient.
GRADIENT = 8
# Pictures with a larger share of gradients among their unequal neighbours are smooth.
MOST_GRADIENT = 0.2
# Formats that add noise around every edge, so that areas of one colour don't survive.
LOSSY = frozenset({"JPEG", "MPO"})


@dataclass(frozen=True, slots=True)
class Header:
    """Facts from a picture's header.

    Attributes:
        width, height: size in pixels, as stored.
        mode: Pillow's mode.
        grey: whether the mode has no colours.
        may_be_transparent: whether there is an alpha channel or a transparent colour.
    """

    width: int
    height: int
    mode: str
    grey: bool
    may_be_transparent: bool


@dataclass(frozen=True, slots=True, eq=False)
class ImageStats:
    """Facts from all of a picture's pixels.

    Attributes:
        width, height: size in pixels, upright.
        mode: Pillow's mode.
        transparency: ``"none"``, ``"hard"`` (fully transparent pixels only) or ``"soft"`` (half-transparent ones too).
        grey: whether all colours are greys.
        colours: number of different colours.
        pixel_art: whether it is pixel art.
        digest: hash of the size and the pixels, independent of the file format.
        thumbnail: (8, 8, 4) uint8, colours weighted by opacity.
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


def read_header(source: Source) -> Header:
    """Read a picture's header. Raises what Pillow raises."""
    with opened(source) as image:
        return Header(*image.size, image.mode, image.mode in GREY_MODES, is_transparent(image))


def measure(source: Source) -> ImageStats:
    """Read a whole picture and measure it. Raises what Pillow raises for a damaged one."""
    with opened(source) as image:
        lossy = image.format in LOSSY
        mode = image.mode
        stats: ImageStats = decode(image, lambda whole: _measure(whole, mode, lossy))
        return stats


def _measure(image: Image.Image, mode: str, lossy: bool) -> ImageStats:
    rgba = to_mode(image, 4, "white")
    pixels = np.asarray(rgba)
    alpha = pixels[:, :, 3]
    visible = alpha > 0
    words = np.ascontiguousarray(pixels).view(np.uint32)[:, :, 0] * visible
    colours = len(np.unique(words[visible]))
    # If nothing is visible, the file's mode decides.
    grey = bool((np.ptp(pixels[:, :, :3], axis=2)[visible] == 0).all()) and (colours > 0 or mode in GREY_MODES)
    thumbnail = rgba.convert("RGBa").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return ImageStats(
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
    """Return whether there are few colours, used repeatedly, without gradients between them."""
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
