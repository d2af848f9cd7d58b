"""Handwriting-like digits drawn by code from Pillow's bundled font, so that a first run needs no download.

Each digit is drawn once, large, and stored as a distance field: the depth of each point inside the stroke. An
image is that field seen through a random map (affine, then a smooth displacement) and cut at a random depth,
which sets the stroke weight. As in MNIST (LeCun et al. 1998), digits fill a box of 20 pixels in 28 and their
centre of mass is in the middle. The elastic part follows Simard, Steinkraus and Platt (2003), with B-splines
instead of blurred noise.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

from artgan import Dataset, Field, ImageInfo, Options, UserError

DRAWING = 1
"""Version of the drawing; incremented whenever the same options yield different images."""

HELD_OUT = 10_000
NATIVE = 28
DIGITS = tuple("0123456789")
HANDWRITTEN = {1: ("I", None), 6: ("6", 1), 9: ("9", -1)}
"""Digits that most people don't write as they are printed: 1 is a bare stroke, and 6 and 9 have no curl at the
end. Each is a printed character, and the direction (1 or -1) that puts its curl at the top right."""

FORMS = tuple((digit, None) for digit in DIGITS) + tuple(HANDWRITTEN.values())

BLOCK = 500
"""Images that share a stream of random numbers, so that any slice can be drawn by itself."""

CELLS = 224
"""Cells along each side of a distance field."""

CELLS_PER_HEIGHT = 150.0
"""Cells in the height of a digit (the rest is margin); lengths in a field are in heights of a digit."""

CONTROLS = 5
"""Control points along each side of a displacement field."""

Floats = NDArray[np.float32]


_HANDWRITTEN_FORM = np.arange(len(DIGITS))
_HANDWRITTEN_FORM[list(HANDWRITTEN)] = len(DIGITS) + np.arange(len(HANDWRITTEN))


class GlyphOptions(Options):
    """Options of the data set, set with ``--data-option``."""

    images: int = Field(60_000, ge=10, le=10_000_000, description="number of images")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="random seed of the handwriting")
    distortion: float = Field(1.0, ge=0.0, le=1.5, description="slant, stretch and waviness; 0 is upright type")
    noise: float = Field(0.04, ge=0.0, le=0.5, description="grain of the strokes; the background stays black")


class Glyphs(Dataset):
    """Ten classes of digits, white on black, 28x28 unless another size is requested."""

    Options = GlyphOptions
    licence = "CC0 (drawn by code, from the CC0 font Aileron)"
    homepage = "https://pillow.readthedocs.io/en/stable/reference/ImageFont.html"
    native = (ImageInfo(1, NATIVE, NATIVE, DIGITS), 60_000)

    options: GlyphOptions

    def __init__(self, options: GlyphOptions, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self.side = size or NATIVE

    @property
    def info(self) -> ImageInfo:
        return ImageInfo(1, self.side, self.side, DIGITS)

    def held_out(self) -> Dataset:
        """Return as many images, up to 10,000, drawn from the next seed."""
        changed = {"images": min(HELD_OUT, self.options.images), "seed": (self.options.seed + 1) % 2**32}
        return Glyphs(self.options.model_copy(update=changed), self.data_dir, self.size)

    def __len__(self) -> int:
        return self.options.images

    def fingerprint(self) -> str:
        # the font ships with Pillow, and its shapes may change with it
        return f"glyphs {DRAWING} {self.side} {self.options!r} pillow {PIL.__version__}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        stop = min(stop, len(self))
        labels = np.arange(start, stop, dtype=np.int64) % len(DIGITS)
        images = np.empty((max(stop - start, 0), self.side, self.side, 1), np.uint8)
        together = max(1, BLOCK * NATIVE**2 // self.side**2)
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            hands, origin = Hands(self.options, block), block * BLOCK
            last = min(stop, origin + BLOCK)
            for first in range(max(start, origin), last, together):
                end = min(first + together, last)
                here = slice(first - start, end - start)
                images[here, ..., 0] = hands.draw(labels[here], slice(first - origin, end - origin), self.side)
        return images, labels


class Hands:
    """The random parameters of one block of images: the handwriting of each."""

    def __init__(self, options: GlyphOptions, block: int) -> None:
        random = np.random.default_rng((options.seed, block))

        def normal(*shape: int) -> Floats:
            # clipped, because a deviation of four sigmas would be a smudge instead of a digit
            return np.clip(random.standard_normal((BLOCK, *shape), np.float32), -2.2, 2.2)

        wild = options.distortion
        turn = 0.09 * wild * normal()
        slant = 0.11 * min(wild, 1.0) + 0.24 * wild * normal()
        stretch = np.exp(0.05 * min(wild, 1.0) + 0.15 * wild * normal())
        rotation = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], 1).reshape(-1, 2, 2)
        shear = np.zeros((BLOCK, 2, 2), np.float32)
        shear[:, 0, 0], shear[:, 0, 1], shear[:, 1, 1] = 1 / stretch, slant, 1
        self.affine: Floats = (shear @ rotation).astype(np.float32)
        self.waves = 0.095 * wild * normal(2, CONTROLS, CONTROLS)
        self.pressure = 0.011 * wild * normal(CONTROLS, CONTROLS)
        self.radius = 0.054 * np.exp(0.29 * normal())
        self.shift = 0.3 * normal(2)
        self.softness = 1.0 + 0.18 * normal()
        self.handwritten = random.random(BLOCK) < 0.7
        self.grain = random.integers(0, _GRAINS, BLOCK)
        self.noise = options.noise

    def draw(self, labels: NDArray[np.int64], part: slice, side: int) -> NDArray[np.uint8]:
        """Draw images (N, side, side) of the digits ``labels``, written by the hands ``part``."""
        forms = np.where(self.handwritten[part], _HANDWRITTEN_FORM[labels], labels)
        coarse = np.linspace(-1.0, 1.0, 30, dtype=np.float32)
        step = float(coarse[1] - coarse[0])
        everywhere = np.broadcast_to(coarse, (len(forms), len(coarse)))
        depth = self._depth(forms, part, everywhere, everywhere)
        scale, centre = _fit(depth, coarse, np.clip(depth / step + 0.5, 0, 1), side)

        # the centre of MNIST's images is pixel (14, 14), not the point between the four middle ones
        pixels = np.arange(side, dtype=np.float32) - side / 2
        shifted = pixels - self.shift[part, :, None] * (side / NATIVE)
        grid: Floats = (shifted * scale[:, None, None] + centre[..., None]).astype(np.float32, copy=False)
        depth = self._depth(forms, part, grid[:, 0], grid[:, 1])
        softness = self.softness[part] * scale * max(1.0, side / NATIVE / 2)
        depth /= softness[:, None, None]
        depth += 0.5
        if self.noise:
            # before clipping, so that grain shows where a stroke is thin and at its edges, as with ink
            depth *= 1 - self.noise * _grain(self.grain[part], side)
        np.clip(depth, 0, 1, out=depth)
        return (depth * 255 + 0.5).astype(np.uint8)

    def _depth(self, forms: NDArray[np.int64], part: slice, x: Floats, y: Floats) -> Floats:
        """Return the depth (N, K, K) inside the stroke of the points of the grids ``x``, ``y`` (N, K)."""
        across, down = _splines(x), _splines(y)
        bend = down[:, None] @ self.waves[part] @ across[:, None].swapaxes(-1, -2)
        to = self.affine[part, :, :, None, None]
        ys, xs = y[:, :, None], x[:, None, :]
        column = bend[:, 0]
        column += to[:, 0, 0] * xs + to[:, 0, 1] * ys
        row = bend[:, 1]
        row += to[:, 1, 0] * xs + to[:, 1, 1] * ys
        for index in (column, row):
            index *= CELLS_PER_HEIGHT
            index += CELLS / 2
            np.clip(index, 0, CELLS - 1, out=index)
        cells = row.astype(np.int32)
        cells *= CELLS
        cells += column.astype(np.int32)
        cells += (forms * CELLS * CELLS).astype(np.int32)[:, None, None]
        depth = np.take(_fields(), cells)
        weight = down @ self.pressure[part] @ across.swapaxes(-1, -2)
        weight += self.radius[part, None, None]
        depth += weight
        return depth


def _fit(depth: Floats, grid: Floats, ink: Floats, side: int) -> tuple[Floats, Floats]:
    """Return heights of a digit per pixel (N,) that make ink fill MNIST's box, and the centre of mass (N, 2; x, y)."""
    mass = ink.sum((1, 2)) + 1e-6
    centre = np.stack([ink.sum(1) @ grid / mass, ink.sum(2) @ grid / mass], 1)
    extents = []
    for profile in (depth.max(1), depth.max(2)):
        # depth is a distance, so the edge of the ink is that far beyond the outermost grid line inside it
        inside = profile > 0
        low = np.where(inside, grid - profile, np.inf).min(1)
        high = np.where(inside, grid + profile, -np.inf).max(1)
        extents.append(high - low)
    longest = np.clip(np.maximum(*extents), 0.3, 2.0)
    return (longest / (side * 18.9 / NATIVE)).astype(np.float32), centre.astype(np.float32)


def _splines(at: Floats) -> Floats:
    """Return weights (N, K, CONTROLS) of the control points of a cubic B-spline on [-0.7, 0.7], at points (N, K)."""
    knots = np.linspace(-0.7, 0.7, CONTROLS, dtype=np.float32)
    t = np.abs(at[..., None] - knots) / (knots[1] - knots[0])
    near = 2 / 3 - t * t * (1 - t / 2)
    far = np.maximum(2 - t, 0) ** 3 / 6
    weights: Floats = np.where(t < 1, near, far).astype(np.float32, copy=False)
    return weights


_GRAINS = 1 << 14


@lru_cache
def _grain_table(side: int) -> Floats:
    texture = np.random.default_rng(28).random(_GRAINS + side * side, np.float32)
    return np.lib.stride_tricks.sliding_window_view(texture, side * side)


def _grain(starts: NDArray[np.int64], side: int) -> Floats:
    """Return grain (N, side, side) in [0, 1): windows of one long texture, far cheaper than fresh random numbers."""
    return _grain_table(side)[starts].reshape(-1, side, side)


@lru_cache
def _fields() -> Floats:
    """Return the distance fields of all forms, flat (FORMS * CELLS * CELLS,): 0 on the core of strokes, less outside.

    Distances are from an eroded core instead of the outline, so that strokes of any weight have round ends as of a pen.
    """
    if not features.check("freetype2"):
        raise UserError("The data set glyphs needs Pillow with FreeType: pip install --force-reinstall pillow")
    font = ImageFont.load_default(size=CELLS_PER_HEIGHT / 0.7)
    fields = []
    for character, way_up in FORMS:
        picture = Image.new("L", (CELLS, CELLS))
        left, top, right, bottom = font.getbbox(character)
        place = ((CELLS - left - right) / 2, (CELLS - top - bottom) / 2)
        ImageDraw.Draw(picture).text(place, character, fill=255, font=font)
        ink = np.asarray(picture) > 127
        inner = _distance(~ink)
        full = np.percentile(inner[ink], 97)
        # a ridge keeps the core connected where strokes join and become thin
        ridge = np.hypot(*np.gradient(inner)) < 0.6
        core = (inner > 0.72 * full) | (ridge & (inner > 0.5 * full))
        if way_up:
            beyond = int((CELLS + 0.2 * (right - left)) / 2)
            core[::way_up, ::way_up][: int(CELLS * 0.36), beyond:] = False
        fields.append(-_distance(core) / CELLS_PER_HEIGHT)
    return np.stack(fields).astype(np.float32).ravel()


def _distance(mask: NDArray[np.bool_]) -> Floats:
    """Return the Euclidean distance of each cell to the nearest of ``mask`` (Felzenszwalb and Huttenlocher 2012)."""
    squares = np.where(mask, 0.0, 1e6).astype(np.float32)
    cells = np.arange(len(mask), dtype=np.float32)
    for _ in range(2):
        squares = np.stack([(squares + (cells[:, None] - c) ** 2).min(0) for c in cells], 1)
    return np.sqrt(squares)
