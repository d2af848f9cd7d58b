"""Resize images: arrays of images, or single pictures of any shape."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Fit = Literal["crop", "pad", "stretch"]
Focus = Literal["centre", "top", "bottom", "left", "right", "detail"]
Resampling = Literal["smooth", "pixels", "bicubic", "lanczos", "nearest"]

# Bicubic, antialiased by Pillow when shrinking, rings less than Lanczos on hard edges.
FILTER = Image.Resampling.BICUBIC
# Filters to shrink and to enlarge, by option. Averaging areas doesn't ring at all, and keeps drawn lines.
FILTERS = {
    "smooth": (Image.Resampling.BOX, Image.Resampling.BICUBIC),
    "pixels": (Image.Resampling.BOX, Image.Resampling.NEAREST),
    "bicubic": (Image.Resampling.BICUBIC, Image.Resampling.BICUBIC),
    "lanczos": (Image.Resampling.LANCZOS, Image.Resampling.LANCZOS),
    "nearest": (Image.Resampling.NEAREST, Image.Resampling.NEAREST),
}
# Detail is searched for in a copy of the picture with a longer edge of this many pixels.
DETAIL_EDGE = 256


def resize(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize images (N, H, W, C) uint8 to (N, size, size, C), antialiased; return them unchanged if they fit.

    C is 1, 3 or 4; if it is 4, colours are weighted by opacity. Images that aren't square are stretched.

    Args:
        images: the images.
        size: height and width of the result, pixels.
    """
    count, height, width, channels = images.shape
    if (height, width) == (size, size):
        return images
    resized = np.empty((count, size, size, channels), np.uint8)
    for source, target in zip(images, resized, strict=True):
        image = Image.fromarray(source[:, :, 0] if channels == 1 else np.ascontiguousarray(source))
        target[:] = np.asarray(image.resize((size, size), FILTER)).reshape(size, size, channels)
    return resized


def fit(
    image: Image.Image,
    size: int,
    how: Fit = "crop",
    focus: Focus = "centre",
    resampling: Resampling = "smooth",
    background: float | tuple[int, ...] | str = 0,
) -> Image.Image:
    """Return a picture of mode L, RGB or RGBA and any shape as a square one of the same mode.

    Args:
        image: the picture.
        size: height and width of the result, pixels.
        how: ``"crop"`` keeps a square; ``"pad"`` keeps everything and adds borders of ``background``, after cropping
            the empty margins of a large RGBA picture; ``"stretch"`` keeps everything, but not the proportions.
        focus: position of the square that ``"crop"`` keeps; ``"detail"``: the one with the most edges.
        resampling: ``"smooth"`` averages areas to shrink and uses bicubic to enlarge; ``"pixels"`` enlarges with hard
            edges, by whole factors where ``how`` allows; the others are filters for both.
        background: a colour of the image's mode, or a name that Pillow knows.
    """
    width, height = image.size
    if how == "pad":
        return _pad(image, size, resampling, background)
    if how == "stretch" or width == height:
        return _scale(image, (size, size), resampling)
    side = min(width, height)
    left, top = _corner(image, side, focus)
    return _scale(image, (size, size), resampling, (left, top, left + side, top + side))


def _pad(
    image: Image.Image, size: int, resampling: Resampling, background: float | tuple[int, ...] | str
) -> Image.Image:
    if image.mode == "RGBA" and max(image.size) > size:
        image = image.crop(image.getchannel("A").getbbox())
        scale = min(1.0, size / max(image.size))  # don't enlarge: pictures drawn to one scale keep it
    else:
        scale = size / max(image.size)
    width, height = image.size
    if resampling == "pixels" and scale > 1:
        scale = int(scale)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = _scale(image, inner, resampling)
    if inner == (size, size):
        return scaled
    canvas = Image.new(image.mode, (size, size), background)
    canvas.paste(scaled, ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return canvas


def _scale(
    image: Image.Image, size: tuple[int, int], resampling: Resampling, box: tuple[int, int, int, int] | None = None
) -> Image.Image:
    left, top, right, bottom = box or (0, 0, *image.size)
    if (right - left, bottom - top) == size:
        return image.crop(box) if box else image
    down, up = FILTERS[resampling]
    larger = size[0] > right - left or size[1] > bottom - top
    return image.resize(size, up if larger else down, box)


def _corner(image: Image.Image, side: int, focus: Focus) -> tuple[int, int]:
    """Return the left and top of the square to keep."""
    width, height = image.size
    across, down = width - side, height - side
    if focus == "detail":
        position = _busiest(image, side)
        return (position, 0) if across else (0, position)
    share = {"left": 0.0, "top": 0.0, "right": 1.0, "bottom": 1.0}.get(focus, 0.5)
    # Top and bottom don't apply to a wide picture, nor left and right to a tall one.
    horizontal = share if focus in ("left", "right") else 0.5
    vertical = share if focus in ("top", "bottom") else 0.5
    return int(across * horizontal), int(down * vertical)


def _busiest(image: Image.Image, side: int) -> int:
    """Return where along the longer side the square with the most edges begins."""
    width, height = image.size
    small = image.convert("RGBa") if image.mode == "RGBA" else image
    ratio = min(1.0, DETAIL_EDGE / max(width, height))
    grid = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    values = np.asarray(small.resize(grid, Image.Resampling.BOX), np.float32).reshape(grid[1], grid[0], -1)
    energy = np.zeros(grid[::-1], np.float32)
    energy[:, 1:] += np.abs(np.diff(values, axis=1)).sum(axis=2)
    energy[1:] += np.abs(np.diff(values, axis=0)).sum(axis=2)
    along = energy.sum(axis=0 if width > height else 1)
    window = min(len(along), max(1, round(side * ratio)))
    sums = np.convolve(along, np.ones(window, np.float32), "valid")
    # Among equally busy squares, choose the most central one.
    best = np.flatnonzero(sums >= sums.max() * 0.999)
    chosen = int(best[np.abs(best - (len(sums) - 1) / 2).argmin()])
    return min(round(chosen / ratio), max(width, height) - side)
