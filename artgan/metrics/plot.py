"""Plot metrics over training steps as a PNG, one panel each, with Pillow: a plotting library would be a heavy extra."""

import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from artgan.util.files import replacing, write_errors

SCALE = 3
"""Everything is drawn this many times larger, then reduced, for smooth lines."""

WIDTH, PANEL, HEADING = 960, 250, 64
LEFT, RIGHT, TOP, BOTTOM = 76, 28, 34, 34
PAPER, INK, FAINT, GRID = (252, 252, 250), (34, 34, 38), (118, 118, 124), (228, 228, 226)
LINE, BEST, REAL = (38, 98, 168), (206, 80, 36), (70, 140, 90)
LOGARITHMIC = 12
"""The axis is logarithmic if the largest value is more than this many times the smallest."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric: its name, (step, value) in order of steps, which way is better, and the value of real images."""

    name: str
    points: list[tuple[int, float]]
    higher_is_better: bool
    real: float | None = None

    @property
    def best(self) -> tuple[int, float]:
        """The best point; the earliest one if there are several."""
        return (max if self.higher_is_better else min)(self.points, key=lambda point: point[1])


def plot(path: Path, title: str, caption: str, curves: list[Curve]) -> Path:
    """Write the plot atomically and return its path. Raises :class:`ArtganError` if that fails."""
    picture = Image.new("RGB", (WIDTH * SCALE, (HEADING + PANEL * len(curves)) * SCALE), PAPER)
    pen = Pen(ImageDraw.Draw(picture))
    pen.text(LEFT, 14, title, 17, INK)
    pen.text(LEFT, 38, caption, 11, FAINT)
    last = max(step for curve in curves for step, _ in curve.points)
    for number, curve in enumerate(curves):
        _panel(pen, curve, HEADING + number * PANEL, last)
    with write_errors(path), replacing(path) as temporary:
        picture.resize((WIDTH, picture.height // SCALE), Image.Resampling.LANCZOS).save(temporary, "PNG")
    return path


class Pen:
    """Draws in units of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self.draw = draw

    def text(self, x: float, y: float, text: str, size: int, colour: tuple[int, int, int], anchor: str = "la") -> None:
        """Write text with an outline in the background colour."""
        font = ImageFont.load_default(size * SCALE)
        # An edge in the paper's colour keeps text readable where it crosses a line.
        place = x * SCALE, y * SCALE
        self.draw.text(place, text, colour, font, anchor, stroke_width=2 * SCALE, stroke_fill=PAPER)

    def line(self, points: list[tuple[float, float]], colour: tuple[int, int, int], width: float) -> None:
        """Draw a line through ``points``."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, colour, round(width * SCALE), "curve")

    def dashes(self, x: float, end: float, y: float, colour: tuple[int, int, int]) -> None:
        """Draw a dashed horizontal line from ``x`` to ``end``."""
        while x < end:
            self.line([(x, y), (min(x + 6, end), y)], colour, 1.2)
            x += 10

    def dot(self, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
        """Draw a filled circle."""
        box = [value * SCALE for value in (x - radius, y - radius, x + radius, y + radius)]
        self.draw.ellipse(box, colour)


def _panel(pen: Pen, curve: Curve, top: float, last: int) -> None:
    low_y, high_y, right = top + PANEL - BOTTOM, top + TOP, WIDTH - RIGHT
    values = [value for _, value in curve.points] + ([curve.real] if curve.real is not None else [])
    low, high = min(values), max(values)
    logarithmic = low > 0 and high / low > LOGARITHMIC
    ticks = _log_ticks(low, high) if logarithmic else _ticks(low, high)
    scale = math.log10 if logarithmic else float
    bottom, ceiling = scale(min(ticks[0], low)), scale(max(ticks[-1], high))

    def place(step: float, value: float) -> tuple[float, float]:
        share = (scale(value) - bottom) / (ceiling - bottom)
        return LEFT + (right - LEFT) * step / last, low_y - (low_y - high_y) * share

    for tick in ticks:
        _, y = place(0, tick)
        pen.line([(LEFT, y), (right, y)], GRID, 1)
        pen.text(LEFT - 8, y, _short(tick), 11, FAINT, "rm")
    for tick in _ticks(0, last):
        if tick <= last:
            x, _ = place(tick, values[0])
            pen.line([(x, low_y), (x, low_y + 4)], FAINT, 1)
            pen.text(x, low_y + 8, f"{tick:,.0f}", 11, FAINT, "ma")
    way = "higher is better" if curve.higher_is_better else "lower is better"
    pen.text(LEFT, top + 8, curve.name, 14, INK)
    pen.text(right, top + 10, f"{way}, by step", 11, FAINT, "ra")
    if curve.real is not None:
        _, y = place(0, curve.real)
        pen.dashes(LEFT, right, y, REAL)
        pen.text(right, y - 3, f"real images {_short(curve.real)}", 11, REAL, "rd")
    points = [place(*point) for point in curve.points]
    pen.line(points, LINE, 2)
    for point in points:
        pen.dot(*point, 2.4, LINE)
    x, y = place(*curve.best)
    pen.dot(x, y, 4.6, BEST)
    # The value of real images is on the better side of the curve, so the label goes on the other.
    above = y - high_y > 26 and (not curve.higher_is_better or low_y - y < 26)
    anchor = "l" if x < WIDTH / 3 else "r" if x > 2 * WIDTH / 3 else "m"
    pen.text(x, y - 8 if above else y + 9, f"best {_short(curve.best[1])}", 12, BEST, anchor + ("d" if above else "a"))


def _ticks(low: float, high: float) -> list[float]:
    """Return three to six round numbers that span the range."""
    span = (high - low) or abs(high) or 1.0
    unit = 10 ** math.floor(math.log10(span / 4))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if span / (factor * unit) <= 5)
    first = math.floor(low / step + 1e-9)
    count = math.ceil(high / step - 1e-9) - first
    return [(first + number) * step for number in range(max(count, 1) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten around the range; only the powers if there would be too many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    below = [tick for tick in fine if tick <= low]
    above = [tick for tick in fine if tick >= high]
    ticks = [tick for tick in fine if (below[-1] if below else fine[0]) <= tick <= (above[0] if above else fine[-1])]
    return ticks if len(ticks) <= 7 else [ticks[0], *[t for t in ticks[1:-1] if _is_power(t)], ticks[-1]]


def _is_power(value: float) -> bool:
    return abs(math.log10(value) - round(math.log10(value))) < 1e-9


def _short(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
