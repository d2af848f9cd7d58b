"""The regular styles of the data set mosaic: tiles, turns and weaves.

Each takes a canvas, which spans -1 to 1, and a palette, and paints one picture. Truchet tiles: Smith
(1987), "The tiling patterns of Sebastien Truchet and the topology of structural hierarchy".
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from artgan_plugins.datasets.mosaic_canvas import TURN, Canvas, Floats, length, lift, pick


def truchet(canvas: Canvas, palette: Floats) -> None:
    """Paint quarter circles in square tiles, turned at random, that join into winding paths."""
    random = canvas.random
    tiles = int(random.integers(3, 6))
    column, u = _tile(canvas.x, tiles)
    row, v = _tile(canvas.y, tiles)
    turned = random.integers(0, 2, (tiles, tiles))[row, column]
    u = np.where(turned == 1, -u, u)
    reach = np.minimum(length(u + 0.5, v + 0.5), length(u - 0.5, v - 0.5)) - 0.5
    unit = 2 / tiles
    # neighbouring tiles agree on which side of a path is which only if every other tile is swapped
    side = np.where((row + column + turned) % 2 == 0, reach, -reach)
    if random.random() < 0.6:
        canvas.paint(side * unit, palette[2])
    width = random.uniform(0.09, 0.2)
    canvas.paint((np.abs(reach) - width) * unit, palette[1])
    if random.random() < 0.6:
        canvas.paint((np.abs(reach) - width * 0.45) * unit, palette[3])
    if random.random() < 0.4:
        canvas.paint((np.abs(np.abs(reach) - 0.33) - 0.035) * unit, palette[1])


def rosette(canvas: Canvas, palette: Floats) -> None:
    """Paint ever smaller layers of petals around the centre."""
    random = canvas.random
    radius, angle = _polar(canvas.x, canvas.y)
    petals = int(random.choice([5, 6, 7, 8, 10, 12]))
    size = random.uniform(0.88, 1.02)
    if random.random() < 0.5:
        canvas.paint(radius - size - 0.06, lift(palette[0], random.choice([-0.12, 0.14])))
    order = [*(2 + random.permutation(3)), 1]
    turn = random.uniform(0, TURN / petals)
    point = random.uniform(0.5, 1.1)
    for layer in range(int(random.integers(4, 6))):
        half = layer % 2 * np.pi / petals
        wave = np.abs(np.cos(petals / 2 * (angle - turn - half))) ** point
        depth = 0.34 + 0.12 * random.random()
        edge = size * (1 - depth + depth * wave)
        colour = palette[order[layer % 4]]
        canvas.paint((radius - edge) * 0.85, colour)
        if random.random() < 0.6:
            canvas.paint((radius - edge * 0.84) * 0.85, lift(colour, random.choice([-0.28, 0.35])))
        size *= random.uniform(0.62, 0.78)
        if layer == 1 and random.random() < 0.7:
            spread = size * random.uniform(1.02, 1.12)
            folded = (angle - turn - half + np.pi / petals) % (TURN / petals) - np.pi / petals
            dots = length(radius * np.cos(folded) - spread, radius * np.sin(folded))
            canvas.paint(dots - 0.055, palette[0])
    canvas.paint(radius - size * 0.6, palette[0])
    canvas.paint(radius - size * 0.34, palette[order[0]])


def spiral(canvas: Canvas, palette: Floats) -> None:
    """Paint arms that wind out of a point, evenly spaced or widening."""
    random = canvas.random
    middle = random.normal(0, 0.14, 2)
    radius, angle = _polar(canvas.x - np.float32(middle[0]), canvas.y - np.float32(middle[1]))
    count = int(random.choice([2, 3, 3, 4]))
    arms = count * int(random.integers(1, 3 if count > 2 else 4))
    way = int(random.choice([-1, 1]))
    if random.random() < 0.5:
        twist = random.uniform(1.0, 2.2) * count**0.5
        phase, slope = twist * np.log(radius), twist / radius
    else:
        twist = random.uniform(2.4, 4.2)
        phase, slope = twist * radius, twist
    phase = phase + way * arms * angle / TURN + random.uniform(0, count)
    to_length = 1 / length(slope, arms / TURN / radius)
    accents = 2 + random.permutation(3)
    bands = palette[[accents[0], 1, accents[1]] if random.random() < 0.7 else [1, *accents[:2]]][: count - 1]
    for number, colour in enumerate(bands):
        off = np.abs((phase - number + count / 2) % count - count / 2)
        canvas.paint((off - 0.5) * to_length, colour)
        if random.random() < 0.3:
            canvas.paint((off - 0.16) * to_length, palette[0])
    heart = random.uniform(0.07, 0.16)
    canvas.paint(radius - heart, palette[1])
    canvas.paint(radius - heart * 0.5, palette[int(random.integers(2, 5))])


def weave(canvas: Canvas, palette: Floats) -> None:
    """Paint two sets of strips that pass over and under each other."""
    random = canvas.random
    strips = int(random.integers(4, 8))
    angle = random.choice([0, 0, np.pi / 4, np.pi / 4, random.uniform(0, np.pi / 2)])
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    scale = np.float32(strips / 2)
    u = (canvas.x * cos + canvas.y * sin) * scale + np.float32(random.random()) + 16
    v = (canvas.y * cos - canvas.x * sin) * scale + np.float32(random.random()) + 16
    i, j = np.floor(u).astype(int), np.floor(v).astype(int)
    u, v = (u - i - 0.5).astype(np.float32), (v - j - 0.5).astype(np.float32)
    over = {0: (i + j) % 2 < 1, 1: (i + j) % 4 < 2, 2: (i // 2 + j // 2) % 2 < 1}[int(random.integers(3))]
    width = random.uniform(0.36, 0.46)
    canvas.image[:] = lift(palette[1] if palette[1].sum() < palette[0].sum() else palette[0], -0.3)[:, None, None]
    accents = palette[2 + random.permutation(3)]
    pale = palette[0] if palette[0].sum() > palette[1].sum() else palette[1]
    warp = np.stack([accents[0], accents[0] if random.random() < 0.5 else accents[1]])
    weft = np.stack([pale, pale if random.random() < 0.5 else accents[2]])
    families = []
    for along, across, lot, index in ((v, u, warp, i), (u, v, weft, j)):
        families.append((across, pick(lot, index % 2), along))
    for above in (False, True):
        for (across, colour, along), is_over in zip(families, (over, ~over), strict=True):
            shade = 1.06 - 0.9 * along * along if above else 0.62 + 0 * along
            shade = shade - 0.5 * across * across
            shape = np.where(is_over == above, np.abs(across) - width, 1).astype(np.float32)
            canvas.paint(shape / scale, np.clip(colour * shade, 0, 1))


def bauhaus(canvas: Canvas, palette: Floats) -> None:
    """Paint a board of squares with discs, quarters, leaves and stripes."""
    random = canvas.random
    tiles = int(random.choice([2, 3, 3, 4]))
    column, u = _tile(canvas.x, tiles)
    row, v = _tile(canvas.y, tiles)
    grounds = random.choice(5, (tiles, tiles), p=[0.4, 0.12, 0.16, 0.16, 0.16])
    shapes = random.integers(0, len(_BAUHAUS), (tiles, tiles))
    inks = (grounds + random.integers(1, 5, (tiles, tiles))) % 5
    turns = random.integers(0, 4, (tiles, tiles))
    canvas.image[:] = pick(palette, grounds[row, column])
    across, down = np.array([[1, 0, -1, 0], [0, 1, 0, -1]], np.float32)
    turn = turns[row, column]
    u, v = u * across[turn] - v * down[turn], u * down[turn] + v * across[turn]
    shape, ink = shapes[row, column], pick(palette, inks[row, column])
    distance = np.ones_like(canvas.x)
    for number in np.unique(shapes):
        here = shape == number
        distance[here] = _BAUHAUS[number](u[here], v[here])
    canvas.paint(distance * (2 / tiles), ink)


_BAUHAUS: tuple[Callable[[Floats, Floats], Floats], ...] = (
    lambda u, v: length(u + 0.5, v + 0.5) - 1,
    lambda u, v: length(u, v) - 0.42,
    lambda u, v: length(u + 0.5, v) - 0.5,
    lambda u, v: (u + v) * np.float32(0.7071),
    lambda u, v: np.maximum(length(u + 0.5, v + 0.5), length(u - 0.5, v - 0.5)) - 1,
    lambda u, v: np.abs(length(u + 0.5, v + 0.5) - 0.62) - 0.2,
    lambda u, v: np.abs((u * 2) % 1 - 0.5) / 2 - 0.125,
    lambda u, v: np.abs(length(u, v) - 0.31) - 0.11,
    lambda u, v: np.minimum(length(u + 0.5, v), length(u - 0.5, v)) - 0.5,
)


def _tile(line: Floats, tiles: int) -> tuple[NDArray[np.intp], Floats]:
    """Return the tile, of ``tiles``, that each coordinate is in, and its position there in [-0.5, 0.5]."""
    along = (line + 1) * np.float32(tiles / 2)
    index = np.minimum(along.astype(int), tiles - 1)
    return index, (along - index - 0.5).astype(np.float32)


def _polar(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return length(x, y) + np.float32(1e-4), np.arctan2(y, x)
