"""Open a picture of any format, mode and orientation safely, and turn it into an array."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageOps

from artgan.data.resize import Fit, Focus, Resampling, fit

SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"}
    | {".tga", ".tif", ".tiff", ".webp"}
)
FORMATS = (
    *("PNG", "JPEG", "GIF", "BMP", "DIB", "PPM", "TIFF", "WEBP", "AVIF", "ICO", "JPEG2000"),
    "TGA",  # last: it has no signature, so it would claim files of other formats
)
"""Formats that are read, whatever the file's name. Not all of Pillow's: for PostScript it would start a program."""

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
GREY_MODES = frozenset(("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"))
ALPHA_MODES = frozenset(("RGBA", "RGBa", "LA", "La", "PA"))

Source = Path | BinaryIO | Image.Image
"""A picture's file, its open file, or an open picture (which is closed after use)."""

# Pillow warns from 90 megapixels on; decode() refuses pictures over the limit, with a reason.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class PictureFile(NamedTuple):
    """A file of a data set.

    Attributes:
        name: path with ``/``, relative to the root of all files.
        size: size in bytes; None if it isn't known.
        changed: anything that changes with the contents: a time, a checksum.
    """

    name: str
    size: int | None
    changed: int


def is_picture(name: str) -> bool:
    """Return whether a file's name is that of a picture; it may still be unreadable."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def opened(source: Source) -> Image.Image:
    """Open a picture, a context manager, and read its header only. Raises what Pillow raises."""
    return source if isinstance(source, Image.Image) else Image.open(source, formats=FORMATS)


def read_picture(
    source: Source, channels: int, size: int, how: Fit, focus: Focus, resampling: Resampling, background: str
) -> NDArray[np.uint8]:
    """Read a picture as an array (size, size, channels) uint8.

    Of an animation, the first frame is read. EXIF orientation is applied.

    Args:
        source: the picture.
        channels: 1 (grey), 3 (RGB) or 4 (RGBA).
        size: height and width of the result, pixels.
        how: see :func:`artgan.data.resize.fit`.
        focus: see :func:`artgan.data.resize.fit`.
        resampling: see :func:`artgan.data.resize.fit`.
        background: name or hexadecimal code of the colour under transparent parts, unless ``channels`` is 4.

    Raises:
        Exception: ``OSError``, ``ValueError``, ``SyntaxError``, ``Image.DecompressionBombError`` or whatever else
            Pillow raises for a file that is damaged, too large or not a picture.
    """
    image = decode(source, lambda whole: to_mode(whole, channels, background), size)
    empty = (0,) * channels if channels == 4 else ImageColor.getcolor(background, MODES[channels])
    pixels = np.array(fit(image, size, how, focus, resampling, empty)).reshape(size, size, channels)
    if channels == 4:
        # Fully transparent pixels have whatever colour the painting program left there; models shouldn't learn it.
        pixels[pixels[:, :, 3] == 0] = 0
    return pixels


def decode(source: Source, use: Callable[[Image.Image], Any], size: int | None = None) -> Any:
    """Decode a picture, turn it upright, and return the result of ``use``.

    Args:
        source: the picture.
        use: called with the decoded picture.
        size: height and width that are needed; a JPEG may then be decoded at a smaller scale. None: full size.

    Raises:
        Image.DecompressionBombError: if it has more pixels than Pillow's limit.
        Exception: whatever else Pillow raises for a damaged file.
    """
    with opened(source) as image:
        width, height = image.size
        # A JPEG decodes many times faster at 1/2, 1/4 or 1/8; twice the size needed keeps it sharp.
        shrink = 2 * size / max(1, min(width, height)) if size else 1.0
        if shrink < 1:
            image.draft(None, (int(width * shrink) + 1, int(height * shrink) + 1))
        limit = Image.MAX_IMAGE_PIXELS
        if limit and image.width * image.height > limit:
            raise Image.DecompressionBombError(f"too large: {width}x{height} pixels")
        image.load()
        return use(ImageOps.exif_transpose(image))


def is_transparent(image: Image.Image) -> bool:
    """Return whether a picture can have transparent parts, by its header."""
    return image.mode in ALPHA_MODES or "transparency" in image.info


def to_mode(image: Image.Image, channels: int, background: str) -> Image.Image:
    """Convert a picture to mode L, RGB or RGBA, with correct transparency and the full range of 16-bit values.

    Args:
        image: the picture.
        channels: 1 (L), 3 (RGB) or 4 (RGBA).
        background: colour under transparent parts, unless ``channels`` is 4.
    """
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    if is_transparent(image):
        if image.mode in ("La", "RGBa"):
            image = image.convert(image.mode.upper())
        image = image.convert("RGBA")
        if channels != 4:
            ground = Image.new("RGBA", image.size, background)
            image = Image.alpha_composite(ground, image)
    return image if image.mode == MODES[channels] else image.convert(MODES[channels])


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale a 16-bit or floating-point picture to 8 bits; Pillow itself would clip it."""
    values = np.asarray(image).astype(np.float64)
    if image.mode == "F":
        scale = 255.0 if np.nanmax(values, initial=0) <= 1 else 1.0
    else:
        scale = 255 / 65535 if values.max(initial=0) > 255 or image.mode != "I" else 1.0
    return Image.fromarray(np.nan_to_num(values * scale).round().clip(0, 255).astype(np.uint8))
