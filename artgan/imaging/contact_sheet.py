"""Contact sheets: grids of images in one picture."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.dataset import ImageInfo
from artgan.imaging.png import picture, save

GAP = 2
"""Pixels between images and around them, before enlargement."""

MAX_PIXELS = 32_000_000
"""Largest sheet; rows beyond it are left out, since viewers and browsers refuse or crawl with much more."""

_WIDE_ENOUGH = 720


def default_columns(n: int, cycle: int = 0) -> int:
    """Return a number of columns that makes the sheet of ``n`` images roughly square.

    It is a multiple of ``cycle``, the number of labels that take turns, unless that is 0.
    """
    square = math.ceil(math.sqrt(n))
    return cycle * max(1, round(square / cycle)) if cycle else square


class ContactSheet:
    """A grid that is filled image by image, then saved.

    Attributes:
        columns, rows: size of the grid; what doesn't fit in :data:`MAX_PIXELS` is left out.
        scale: nearest-neighbour enlargement.
        shown: number of images that fit.
    """

    def __init__(self, n: int, info: ImageInfo, columns: int | None = None, scale: int | None = None) -> None:
        """Make room for images.

        Args:
            n: number of images.
            info: their shape.
            columns: number of columns; None: as :func:`default_columns` has it.
            scale: enlargement; None: small images are enlarged up to four times.
        """
        height, width = info.height + GAP, info.width + GAP
        wanted = min(n, columns or default_columns(n))
        if scale is None:
            rows = math.ceil(n / wanted)
            scale = max(1, min(4, _WIDE_ENOUGH // (max(wanted * width, rows * height) + GAP)))
        pixels = MAX_PIXELS // scale**2
        self.columns = max(1, min(wanted, (pixels // (height + GAP) - GAP) // width))
        rows_that_fit = max(1, (pixels // (self.columns * width + GAP) - GAP) // height)
        self.rows = min(math.ceil(n / self.columns), rows_that_fit)
        self.scale = scale
        self.shown = min(n, self.columns * self.rows)
        self._cell = (height, width)
        # Dark grey sets off both black and white images; an alpha channel makes the gaps transparent.
        gap = {1: [64], 3: [64, 64, 64], 4: [0, 0, 0, 0]}[info.channels]
        canvas = self.rows * height + GAP, self.columns * width + GAP, info.channels
        self._canvas = np.full(canvas, gap, dtype=np.uint8)

    def put(self, position: int, image: NDArray[np.uint8]) -> None:
        """Paste an image (H, W, C) at ``position``, counted row by row; ignore it if it doesn't fit."""
        if position >= self.shown:
            return
        top = position // self.columns * self._cell[0] + GAP
        left = position % self.columns * self._cell[1] + GAP
        self._canvas[top : top + image.shape[0], left : left + image.shape[1]] = image

    def picture(self) -> Image.Image:
        """Return the sheet, enlarged."""
        sheet = picture(self._canvas)
        if self.scale == 1:
            return sheet
        return sheet.resize((sheet.width * self.scale, sheet.height * self.scale), Image.Resampling.NEAREST)

    def save(self, path: Path) -> None:
        """Write the sheet as a PNG."""
        save(self.picture(), path)


def contact_sheet(images: NDArray[np.uint8], columns: int | None = None, scale: int | None = None) -> Image.Image:
    """Return images (N, H, W, C) as a grid in one picture; see :class:`ContactSheet` for the rest."""
    n, height, width, channels = images.shape
    sheet = ContactSheet(n, ImageInfo(channels, height, width), columns, scale)
    for position, image in enumerate(images):
        sheet.put(position, image)
    return sheet.picture()
