"""Small pictures in the manner of generative art, drawn by code: colour without a download."""

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
"""Version of the drawing; goes up whenever the same options give other pictures."""

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
    """How many pictures, and in which styles."""

    images: int = Field(12_000, ge=10, le=1_000_000, description="how many images, shared equally by the styles")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="another seed gives other pictures")
    styles: tuple[Style, ...] = Field(
        tuple(STYLES), min_length=1, description="which styles, each a label in this order"
    )


class Mosaic(Dataset):
    """Ten labelled styles in harmonious colours, 64x64 unless another size is asked for."""

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
        """As many, at most 10,000, drawn from the next seed."""
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
