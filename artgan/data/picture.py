"""One picture, of whatever format, mode and orientation: opened safely, and turned into an array."""

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
    "TGA",  # last: it has no mark of its own, and takes what others would know better
)
"""What is read, whatever a file is called. Not all that Pillow knows: for PostScript it would start a program."""

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
GREY_MODES = frozenset(("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"))
ALPHA_MODES = frozenset(("RGBA", "RGBa", "LA", "La", "PA"))

Source = Path | BinaryIO | Image.Image
"""Where a picture is: a file, an open one, or a picture that was opened already (which is closed after use)."""

# Pictures from 90 to 180 megapixels only warn; too large ones are left out below, with a reason.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class PictureFile(NamedTuple):
    """A file among others.

    Attributes:
        name: its path with ``/``, from where all are.
        size: bytes; None if that isn't known.
        changed: anything that changes with its contents: a time, a checksum.
    """

    name: str
    size: int | None
    changed: int


def is_picture(name: str) -> bool:
    """Whether a file is one by its name; whether it can be read is another question."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def opened(source: Source) -> Image.Image:
    """The picture, of which nothing but the header is read; a context manager. Raises what Pillow raises."""
    return source if isinstance(source, Image.Image) else Image.open(source, formats=FORMATS)


def read_picture(
    source: Source, channels: int, size: int, how: Fit, focus: Focus, resampling: Resampling, background: str
) -> NDArray[np.uint8]:
    """A picture as (size, size, channels) uint8.

    The first frame of an animation; turned upright as EXIF says; laid on ``background`` where it is
    transparent, unless ``channels`` is 4. See :func:`artgan.data.resize.fit` for the rest.

    Raises:
        OSError, ValueError, SyntaxError, Image.DecompressionBombError or what else Pillow raises for a file
        that is damaged, too large or no picture.
    """
    image = decode(source, lambda whole: to_mode(whole, channels, background), size)
    empty = (0,) * channels if channels == 4 else ImageColor.getcolor(background, MODES[channels])
    pixels = np.array(fit(image, size, how, focus, resampling, empty)).reshape(size, size, channels)
    if channels == 4:
        # Under full transparency lies whatever the painting program left there; none of it should be learnt.
        pixels[pixels[:, :, 3] == 0] = 0
    return pixels


def decode(source: Source, use: Callable[[Image.Image], Any], size: int | None = None) -> Any:
    """What ``use`` makes of the whole picture, upright; of a JPEG possibly a smaller one if only ``size`` is wanted.

    Raises:
        Image.DecompressionBombError: if it has more pixels than Pillow's limit.
        OSError, ValueError, SyntaxError, …: what else Pillow raises for a damaged file.
    """
    with opened(source) as image:
        width, height = image.size
        # A JPEG decodes at 1/2, 1/4 or 1/8 many times faster; twice the size that is wanted keeps it sharp.
        shrink = 2 * size / max(1, min(width, height)) if size else 1.0
        if shrink < 1:
            image.draft(None, (int(width * shrink) + 1, int(height * shrink) + 1))
        limit = Image.MAX_IMAGE_PIXELS
        if limit and image.width * image.height > limit:
            raise Image.DecompressionBombError(f"too large, {width}x{height} pixels")
        image.load()
        return use(ImageOps.exif_transpose(image))


def is_transparent(image: Image.Image) -> bool:
    """Whether the picture can have transparent parts, from its header."""
    return image.mode in ALPHA_MODES or "transparency" in image.info


def to_mode(image: Image.Image, channels: int, background: str) -> Image.Image:
    """The picture in mode L, RGB or RGBA, without loss of what is transparent or of 16-bit range."""
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
    """Pillow itself clips 16-bit and float pictures instead of scaling them."""
    values = np.asarray(image).astype(np.float64)
    if image.mode == "F":
        scale = 255.0 if np.nanmax(values, initial=0) <= 1 else 1.0
    else:
        scale = 255 / 65535 if values.max(initial=0) > 255 or image.mode != "I" else 1.0
    return Image.fromarray(np.nan_to_num(values * scale).round().clip(0, 255).astype(np.uint8))
