"""Turns one picture file, of whatever format, mode and orientation, into an array."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageOps

from artgan.data.resize import Fit, fit

SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm"}
    | {".tga", ".tif", ".tiff", ".webp"}
)
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
GREY_MODES = frozenset(("1", "L", "LA", "La", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"))
ALPHA_MODES = frozenset(("RGBA", "RGBa", "LA", "La", "PA"))

# Pictures from 90 to 180 megapixels only warn; too large ones are left out below, with a reason.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def look(path: Path) -> tuple[int, int, bool]:
    """Width, height and whether the picture is grey, from the file's header. Raises what Pillow raises."""
    with Image.open(path) as image:
        return image.width, image.height, image.mode in GREY_MODES


def read_picture(path: Path, channels: int, size: int, how: Fit, background: str) -> NDArray[np.uint8]:
    """The picture in ``path`` as (size, size, channels) uint8.

    The first frame of an animation; turned upright as EXIF says; laid on ``background`` where it is
    transparent, unless ``channels`` is 4.

    Raises:
        OSError, ValueError, SyntaxError, Image.DecompressionBombError or what else Pillow raises for a file
        that is damaged, too large or no picture.
    """
    with Image.open(path) as opened:
        width, height = opened.size
        # A JPEG decodes at 1/2, 1/4 or 1/8 many times faster; twice the size that is wanted keeps it sharp.
        shrink = 2 * size / min(width, height)
        if shrink < 1:
            opened.draft(None, (int(width * shrink) + 1, int(height * shrink) + 1))
        limit = Image.MAX_IMAGE_PIXELS
        if limit and opened.width * opened.height > limit:
            raise Image.DecompressionBombError(f"too large, {width}x{height} pixels")
        opened.load()
        image = to_mode(ImageOps.exif_transpose(opened), channels, background)
    empty = (0,) * channels if channels == 4 else ImageColor.getcolor(background, MODES[channels])
    pixels = np.array(fit(image, size, how, empty)).reshape(size, size, channels)
    if channels == 4:
        # Under full transparency lies whatever the painting program left there; none of it should be learnt.
        pixels[pixels[:, :, 3] == 0] = 0
    return pixels


def to_mode(image: Image.Image, channels: int, background: str) -> Image.Image:
    """The picture in mode L, RGB or RGBA, without loss of what is transparent or of 16-bit range."""
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    if image.mode in ALPHA_MODES or "transparency" in image.info:
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
