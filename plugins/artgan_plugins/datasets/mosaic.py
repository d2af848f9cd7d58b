"""Small pictures in the style of generative art, drawn by code: colour images without a download."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artgan import Dataset, Field, ImageInfo, Options
from artgan_plugins.datasets.mosaic_canvas import PALETTES, Canvas, Floats, shuffled
from artgan_plugins.datasets.mosaic_patterns import bauhaus, rosette, spiral, truchet, weave
from artgan_plugins.datasets.mosaic_scenes import agate, flow, glass, hills, mondrian

DRAWING = 1
"""Version of the drawing; incremented whenever the same options yield different pictures."""

HELD_OUT = 10_000
NATIVE = 64

Style = Literal["truchet", "rosette", "spiral", "weave", "flow", "mondrian", "bauhaus", "hills", "glass", "agate"]

STYLES: dict[Style, Callable[[Canvas, Floats], None]] = {
    "truchet": truchet,
    "rosette": rosette,
    "spiral": spiral,
    "weave": weave,
    "flow": flow,
    "mondrian": mondrian,
    "bauhaus": bauhaus,
    "hills": hills,
    "glass": glass,
    "agate": agate,
}


class MosaicOptions(Options):
    """Options of the data set, set with ``--data-option``."""

    images: int = Field(12_000, ge=10, le=1_000_000, description="number of images, split equally among the styles")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="random seed of the pictures")
    styles: tuple[Style, ...] = Field(
        tuple(STYLES), min_length=1, description="styles to draw, each a label, in this order"
    )


class Mosaic(Dataset):
    """Ten labelled styles in harmonious colours, 64x64 unless another size is requested."""

    Options = MosaicOptions
    licence = "CC0 (drawn by code)"
    homepage = "https://en.wikipedia.org/wiki/Generative_art"
    native = (ImageInfo(3, NATIVE, NATIVE, tuple(STYLES)), 12_000)

    options: MosaicOptions

    def __init__(self, options: MosaicOptions, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self.side = size or NATIVE
        self.styles = tuple(dict.fromkeys(options.styles))

    @property
    def info(self) -> ImageInfo:
        return ImageInfo(3, self.side, self.side, self.styles)

    def held_out(self) -> Dataset:
        """Return as many images, up to 10,000, drawn from the next seed."""
        changed = {"images": min(HELD_OUT, self.options.images), "seed": (self.options.seed + 1) % 2**32}
        return Mosaic(self.options.model_copy(update=changed), self.data_dir, self.size)

    def __len__(self) -> int:
        return self.options.images

    def fingerprint(self) -> str:
        return f"mosaic {DRAWING} {self.side} {self.options!r}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        stop = min(stop, len(self))
        labels = np.arange(start, stop, dtype=np.int64) % len(self.styles)
        images = np.empty((max(stop - start, 0), self.side, self.side, 3), np.uint8)
        for index, label in enumerate(labels):
            images[index] = self._draw(start + index, self.styles[label])
        return images, labels

    def _draw(self, index: int, style: Style) -> NDArray[np.uint8]:
        random = np.random.default_rng((self.options.seed, index))
        palette = shuffled(PALETTES[int(random.integers(len(PALETTES)))], random)
        canvas = Canvas(self.side, random, palette[0])
        STYLES[style](canvas, palette)
        return canvas.picture()
