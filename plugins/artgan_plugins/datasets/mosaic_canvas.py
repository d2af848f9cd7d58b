"""Tools of the styles of the data set mosaic: an anti-aliased canvas, and palettes chosen by eye."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

TURN = 2 * np.pi


def colours(text: str) -> Floats:
    """Parse hexadecimal colours into rows (K, 3) in [0, 1]."""
    return np.array([list(bytes.fromhex(word)) for word in text.split()], np.float32) / 255


PALETTES = tuple(
    colours(text)
    for text in (
        # background, ink, then three accents that go with both
        "f4ecd8 26323e d8572a f0a830 3b8b88",  # kiosk
        "faf3e7 2b2d42 ef476f ffc43d 1b9aaa",  # lido
        "f1e4c8 3a2618 b5422c dd9c3c 6b7f4a",  # terracotta
        "eef0ea 1f3a5f 4f86a6 e2725b f2cc8f",  # harbour
        "f7ede2 3d405b e07a5f 81b29a f2cc8f",  # orchard
        "f5efe6 22333b c6ac8f 5e503f 9a3b26",  # clay
        "fdf0d5 003049 c1121f f4a13a 669bbc",  # poster
        "e8ede4 24423a 5b8e7d bcd69a f4a259",  # fern
        "f6e7e4 4a1942 c74b7b f29ca3 6a7fdb",  # peony
        "14213d fbf3e0 fca311 e4572e 5fa8d3",  # night train
        "1b1b2f f3e9dc e43f5a f7b538 3fb8af",  # carnival
        "10302c f0e9d2 e0a458 d1603d 6fae93",  # conservatory
        "2a1a3a fbe8d3 f25f5c ffb45a 8e7dd6",  # dusk
        "0d2b45 ffecd6 ffaa5e d08159 7fa7b8",  # lighthouse
        "331a16 f8e5c6 e9a13b c8442f 8aa38f",  # ember
        "1d2f3f e9f1f2 7fc8c2 f2d0a4 ee7b6c",  # lagoon
    )
)


def shuffled(palette: Floats, random: np.random.Generator) -> Floats:
    """Return the palette with its accents shuffled, and sometimes background and ink swapped."""
    ends = [0, 1] if random.random() < 0.75 else [1, 0]
    return palette[[*ends, *(2 + random.permutation(3))]]


def lift(colour: Floats, amount: float) -> Floats:
    """Make a colour lighter (``amount`` > 0, towards warm white) or darker (< 0, towards blue-black)."""
    goal = np.array([1, 0.98, 0.94] if amount > 0 else [0.05, 0.05, 0.12], np.float32)
    return colour + abs(float(amount)) * (goal - colour)


def pick(rows: Floats, index: NDArray[np.intp]) -> Floats:
    """Return the colours (3, H, W) of ``rows`` (K, 3) that ``index`` (H, W) points to."""
    return np.take(np.ascontiguousarray(rows.T), index, axis=1)


def length(x: Floats | float, y: Floats) -> Floats:
    """Compute sqrt(x^2 + y^2), five times as fast as ``np.hypot``, which guards against overflow."""
    return np.sqrt(x * x + y * y)


@lru_cache(maxsize=8)
def grid(cells: int) -> tuple[Floats, Floats]:
    """Return coordinates x (to the right) and y (down) of the centres of cells x cells, both in [-1, 1]."""
    line = (np.arange(cells, dtype=np.float32) + 0.5) * 2 / cells - 1
    x, y = np.meshgrid(line, line)
    x.flags.writeable = y.flags.writeable = False
    return x, y


class Canvas:
    """A square from -1 to 1, painted with distance fields and then averaged down to the requested size.

    Attributes:
        x, y: coordinates of the cells, (K, K).
        cell: side of a cell.
        random: the only source of randomness that a style may use.
        image: the picture so far, (3, K, K) in [0, 1].
    """

    def __init__(self, side: int, random: np.random.Generator, ground: Floats) -> None:
        self.side = side
        # coverage already smooths edges, so small pictures need little supersampling, and large ones none
        self.finer = 3 if side < 48 else 2 if side <= 128 else 1
        self.cells = side * self.finer
        self.cell = 2 / self.cells
        self.x, self.y = grid(self.cells)
        self.random = random
        self.image = np.empty((3, self.cells, self.cells), np.float32)
        self.image[:] = ground[:, None, None]

    def coverage(self, distance: Floats) -> Floats:
        """Return the share of each cell inside the shape with this signed ``distance`` (negative inside)."""
        share: Floats = np.clip(0.5 - distance / self.cell, 0, 1)
        return share

    def paint(self, distance: Floats, colour: Floats, opacity: Floats | float = 1.0) -> None:
        """Paint a shape; ``colour`` is a single colour (3,) or one for each cell (3, K, K)."""
        if colour.ndim == 1:
            colour = colour[:, None, None]
        self.image += (self.coverage(distance) * opacity) * (colour - self.image)

    def picture(self) -> NDArray[np.uint8]:
        """Return the picture (side, side, 3) uint8."""
        small = self.image
        # several times as fast as a mean over two axes
        small = sum(small[:, :, part :: self.finer] for part in range(self.finer))  # type: ignore[assignment]
        small = sum(small[:, part :: self.finer] for part in range(self.finer))  # type: ignore[assignment]
        small = small * np.float32(255 / self.finer**2) + np.float32(0.5)
        return np.clip(small, 0, 255).astype(np.uint8).transpose(1, 2, 0)
