"""The free styles of the data set mosaic: fields, planes, landscapes, glass and stone.

Each takes a canvas, which spans -1 to 1, and a palette, and paints one picture. Ribbons along a flow field
are after Tyler Hobbs, rectangles after Mondrian and van Doesburg.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from artgan_plugins.datasets.mosaic_canvas import TURN, Canvas, Floats, colours, length, lift, pick


def flow(canvas: Canvas, palette: Floats) -> None:
    """Paint ribbons along a slowly bending field of directions."""
    random = canvas.random
    waves = random.normal(0, 1.0, (3, 2))
    strength = random.uniform(0.4, 1.0, 3) * random.uniform(0.6, 1.3)
    phases, base = random.uniform(0, TURN, 3), random.uniform(0, TURN)

    def direction(at: Floats) -> Floats:
        return base + np.sin(at @ waves.T * 1.6 + phases) @ strength

    across = int(random.integers(6, 10))
    ends = np.linspace(-1.15, 1.15, across)
    starts = np.stack(np.meshgrid(ends, ends), -1).reshape(-1, 2)
    starts = random.permutation(starts + random.normal(0, 0.4 / across, starts.shape))
    steps = int(random.integers(7, 16))
    path = np.empty((steps, len(starts), 2))
    at = starts
    normals = np.empty_like(path)
    for step in range(steps):
        angle = direction(at)
        path[step] = at
        normals[step] = np.stack([-np.sin(angle), np.cos(angle)], -1)
        at = at + 0.085 * np.stack([np.cos(angle), np.sin(angle)], -1)
    widths = random.choice([0.45, 0.7, 1.0, 1.6], len(starts), p=[0.15, 0.25, 0.4, 0.2]) * 0.6 / across
    shares = random.dirichlet([0.9, 1.6, 1.6, 1.6])
    inks = random.choice([1, 2, 3, 4], len(starts), p=shares)
    cells = canvas.cells * 2  # Pillow's polygons have hard edges
    picture = Image.new("RGB", (cells, cells), _rgb(palette[0]))
    draw = ImageDraw.Draw(picture)
    for k in range(len(starts)):
        for margin, ink in ((0.022, 0), (0, inks[k])):
            reach = (widths[k] + margin) * normals[:, k]
            outline = np.concatenate([path[:, k] + reach, (path[:, k] - reach)[::-1]])
            draw.polygon(((outline + 1) * (cells / 2)).ravel().tolist(), fill=_rgb(palette[ink]))
    canvas.image[:] = np.asarray(picture.reduce(2), np.float32).transpose(2, 0, 1) / 255


DE_STIJL = tuple(
    colours(text)
    for text in (
        # white, line, red, blue, yellow, grey
        "f6f3ea 151515 d62718 1f4aa8 f6cf1d d9d9d4",
        "efeadd 1a1a1d c1272d 22408f efc12a c9cbc9",
        "faf8f2 0e0e12 e03c1f 155fb0 fbdd3f e4e6ea",
        "eee9dc 202020 b8321f 2b3f78 e0b02c c4bfb2",
    )
)


def mondrian(canvas: Canvas, palette: Floats) -> None:
    """Paint rectangles in red, blue, yellow and mostly white between black lines."""
    random = canvas.random
    white, black, *rest = DE_STIJL[int(random.integers(len(DE_STIJL)))]
    canvas.image[:] = black[:, None, None]
    whole = (0.0, 0.0, 1.0, 1.0)
    boxes, goal = [whole], int(random.integers(6, 12))
    while len(boxes) < goal:
        areas = np.array([(right - left) * (low - high) for left, high, right, low in boxes])
        box = boxes.pop(int(random.choice(len(boxes), p=areas**1.6 / (areas**1.6).sum())))
        left, high, right, low = box
        at = float(random.choice([0.28, 0.36, 0.5, 0.64, 0.72]) + random.uniform(-0.05, 0.05))
        if (right - left) * random.uniform(0.7, 1.4) > low - high:
            middle = left + at * (right - left)
            boxes += [(left, high, middle, low), (middle, high, right, low)]
        else:
            middle = high + at * (low - high)
            boxes += [(left, high, right, middle), (left, middle, right, low)]
    fills = [white] * len(boxes)
    coloured = random.permutation(len(boxes))[: int(random.integers(3, 6))]
    for box, colour in zip(coloured, [*(rest[k] for k in random.permutation(3)), rest[3], rest[0]], strict=False):
        fills[box] = colour
    line = random.uniform(0.022, 0.03)
    for (left, high, right, low), colour in zip(boxes, fills, strict=True):
        # lines run to the edge of the picture, without a frame
        edges = [
            left + line * (left > 0),
            high + line * (high > 0),
            right - line * (right < 1),
            low - line * (low < 1),
        ]
        x0, y0, x1, y1 = (round(edge * canvas.cells) for edge in edges)
        canvas.image[:, y0:y1, x0:x1] = colour[:, None, None]


SKIES = tuple(
    colours(text)
    for text in (
        # zenith, horizon, sun, farthest ridge, nearest ridge
        "2d3a6e f6a26b fff1c9 b8708a 231b3a",
        "5aa9d6 f9e7c0 fff7df 8fb7a8 1f4a44",
        "14213f 5b5f97 f3f0e0 4a5585 0b1226",
        "e8744f ffd98e fff6dc c4604f 3c1a2b",
        "89c2d9 f4f1de ffffff 9fb8b2 2c4a4f",
        "3c1f4f ee6c4d ffd07b 9a3b5a 1c0f26",
        "f2b5a7 fde8d7 e85d4c d69aa0 4a3a5c",
        "0f3d4c 8fd3c1 f8f4d8 4b9a94 08242b",
        "f7c873 fdf1d0 e4572e dca25c 5b3a29",
        "6d7fc3 f7c9d4 fff2ea a691c0 332a55",
    )
)


def hills(canvas: Canvas, palette: Floats) -> None:
    """Paint ridges one behind the other under a low sun or a moon."""
    random = canvas.random
    zenith, horizon, sun, far, near = SKIES[int(random.integers(len(SKIES)))]
    height = np.clip((canvas.y + 1) / 1.3, 0, 1) ** random.uniform(0.7, 1.2)
    canvas.image[:] = zenith[:, None, None] + (horizon - zenith)[:, None, None] * height
    at, size = (random.uniform(-0.6, 0.6), random.uniform(-0.62, -0.05)), random.uniform(0.16, 0.34)
    reach = length(canvas.x - np.float32(at[0]), canvas.y - np.float32(at[1]))
    glow = 0.5 * np.exp(-np.maximum(reach - size, 0) / 0.22)
    canvas.paint(np.full_like(reach, -1), sun, glow)
    canvas.paint(reach - size, sun)
    ridges = int(random.integers(3, 6))
    line = canvas.x[0]
    rough, top = random.uniform(0.6, 1.3), random.uniform(-0.1, 0.25)
    for ridge in range(ridges):
        depth = (ridge + 0.35) / (ridges - 0.65) if ridge else 0.0
        waves = random.uniform(1.0, 2.2, 4) * np.array([1, 1.9, 3.4, 6.1])
        heights = rough * random.uniform(0.5, 1.0, 4) * np.array([0.15, 0.08, 0.035, 0.014])
        bends = np.sin(waves[:, None] * line * 1.6 + random.uniform(0, TURN, (4, 1)))
        crest = (top + (0.85 - top) * ridge / ridges + heights @ bends).astype(np.float32)
        slope = np.gradient(crest, canvas.cell)
        below = (crest - canvas.y) / length(1, slope)
        colour = far + (near - far) * min(depth, 1.0) ** 0.9
        mist = 0.4 * (1 - depth) * np.clip(1 + below / 0.5, 0, 1)
        haze = colour[:, None, None] + (lift(colour, 0.25) - colour)[:, None, None] * (0.35 - mist)
        canvas.paint(below, haze)


def glass(canvas: Canvas, palette: Floats) -> None:
    """Paint panes of coloured glass between lines of lead: a Voronoi diagram lit from behind."""
    random = canvas.random
    count = int(random.integers(14, 30))
    seeds = random.uniform(-1.1, 1.1, (count, 2)).astype(np.float32)
    for _ in range(4):
        # seeds repel each other, so that panes have similar sizes
        apart = seeds[:, None] - seeds
        squares = (apart**2).sum(-1, keepdims=True) + 0.02
        seeds = np.clip(seeds + 0.012 * (apart / squares).sum(1) * 18 / count, -1.15, 1.15)
    line = canvas.x[0]
    squares = (line - seeds[:, :1])[:, None, :] ** 2 + (line - seeds[:, 1:])[:, :, None] ** 2
    pane, nearest = _take_least(squares)
    other, second = _take_least(squares)
    apart = length(*(seeds[:, None] - seeds).transpose(2, 0, 1))[pane, other]
    edge = (second - nearest) / (2 * apart + 1e-3)
    inks = random.choice(5, count, p=[0.16, 0.06, 0.26, 0.26, 0.26])
    tints = np.array([lift(palette[ink], random.uniform(-0.14, 0.22)) for ink in inks], np.float32)
    light = 1.12 - 0.22 * length(canvas.x - random.uniform(-0.7, 0.7), canvas.y - random.uniform(-0.7, 0.7))
    canvas.image[:] = np.clip(pick(tints, pane) * light, 0, 1)
    lead = lift(palette[0] if palette[0].sum() < palette[1].sum() else palette[1], -0.45)
    canvas.paint(edge - random.uniform(0.022, 0.034), lead)


def agate(canvas: Canvas, palette: Floats) -> None:
    """Paint bands that follow each other's bends, as in a cut stone."""
    random = canvas.random
    x, y = canvas.x, canvas.y
    turn = random.uniform(0, TURN)
    off = random.uniform(0, 1.1)
    wave = random.uniform(1.4, 2.6, 4).tolist()
    phase = random.uniform(0, TURN, 4).tolist()
    u = x + 0.24 * np.sin(wave[0] * y * 1.5 + phase[0]) + 0.07 * np.sin(wave[1] * 3 * (x + y) + phase[1])
    v = y + 0.24 * np.sin(wave[2] * x * 1.5 + phase[2]) + 0.07 * np.sin(wave[3] * 3 * (x - y) + phase[3])
    u, v = (u - off * float(np.cos(turn))) * random.uniform(0.7, 1.3), v - off * float(np.sin(turn))
    level = length(u, v)
    slope = length(*np.gradient(level, canvas.cell)) + np.float32(1e-3)
    edges = random.uniform(0, 1, 60).cumsum() * random.uniform(0.09, 0.16) + 0.12
    edges = np.concatenate([[-1], edges]).astype(np.float32)
    inks = random.permutation(5)[np.arange(62) % 5]
    bands = np.stack([lift(palette[ink], random.choice([0, 0, 0, -0.25, 0.3])) for ink in inks])
    band = np.clip(np.searchsorted(edges, level.ravel()).reshape(level.shape), 1, 60)
    canvas.image[:] = pick(bands, band)
    # each band covers its own cells; only half-cells at its two edges belong to its neighbours
    slope *= canvas.cell
    for edge, neighbour in ((level - edges[band - 1], band - 1), (edges[band] - level, band + 1)):
        canvas.image += np.clip(0.5 - edge / slope, 0, 0.5) * (pick(bands, neighbour) - canvas.image)


def _take_least(stack: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return index and value of the smallest in each column of ``stack`` (N, …), and set it to infinity there."""
    index = np.zeros(stack.shape[1:], np.intp)
    least = stack[0].copy()
    for number in range(1, len(stack)):
        index[stack[number] < least] = number
        np.minimum(least, stack[number], out=least)
    np.put_along_axis(stack, index[None], np.inf, 0)
    return index, least


def _rgb(colour: Floats) -> tuple[int, int, int]:
    red, green, blue = (int(value * 255 + 0.5) for value in colour)
    return red, green, blue
