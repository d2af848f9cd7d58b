"""Brings images to one size: whole arrays of images, or single pictures of any shape."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Fit = Literal["crop", "pad", "stretch"]

# Bicubic, which Pillow widens when it shrinks an image (antialiasing), rings less than Lanczos on hard edges.
FILTER = Image.Resampling.BICUBIC


def resize(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Images (N, H, W, C) uint8 as (N, size, size, C), antialiased; as they are if they have that size.

    C is 1, 3 or 4; colours are weighted by opacity where C is 4. Other shapes than squares are stretched.
    """
    count, height, width, channels = images.shape
    if (height, width) == (size, size):
        return images
    resized = np.empty((count, size, size, channels), np.uint8)
    for source, target in zip(images, resized, strict=True):
        image = Image.fromarray(source[:, :, 0] if channels == 1 else np.ascontiguousarray(source))
        target[:] = np.asarray(image.resize((size, size), FILTER)).reshape(size, size, channels)
    return resized


def fit(image: Image.Image, size: int, how: Fit = "crop", background: float | tuple[int, ...] | str = 0) -> Image.Image:
    """A picture of mode L, RGB or RGBA and of any shape as a square one of the same mode.

    Args:
        image: the picture.
        size: height and width of the result, pixels.
        how: ``"crop"`` keeps the centre square, ``"pad"`` keeps everything and fills up with ``background``,
            ``"stretch"`` keeps everything and gives up the proportions.
        background: a colour of the image's mode, or a name that Pillow knows.
    """
    width, height = image.size
    if how == "stretch" or width == height:
        return image if image.size == (size, size) else image.resize((size, size), FILTER)
    if how == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        if side == size:
            return image.crop((left, top, left + side, top + side))
        return image.resize((size, size), FILTER, (left, top, left + side, top + side))
    scale = size / max(width, height)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = Image.new(image.mode, (size, size), background)
    scaled = image if inner == image.size else image.resize(inner, FILTER)
    canvas.paste(scaled, ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return canvas
