"""Look at a sample of the pictures, and choose size, channels, fit and resampling accordingly."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from PIL import ImageColor

from artgan.data import unreadable
from artgan.data.auto_settings import AutoSetting
from artgan.data.image_stats import Header, ImageStats, measure, read_header
from artgan.data.orientation import ORIENTED, mirror_accuracy
from artgan.data.picture import Source
from artgan.data.resize import Fit, Resampling

HEADERS, MEASURED = 256, 1024
"""Headers to read, and most whole pictures to measure, evenly spread: enough to tell, in a second or two."""

# Measuring stops after this many pixels in all.
PIXELS = 64_000_000
SMALLEST, LARGEST = 16, 64
# Sizes that nearly all networks can build: small multiples of powers of two.
EXACT = frozenset(factor << power for factor in (4, 5, 6, 7) for power in range(7))
# An alpha channel is worth learning if at least this share of the pictures use theirs.
WORTH_ALPHA = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Survey:
    """Statistics of a sample of pictures.

    Attributes:
        headers: headers of some pictures.
        measured: statistics of some whole pictures, often fewer; of at least one, if any can be read.
        count: number of pictures in the set.
        damaged: reasons of the unreadable pictures of the sample, by index.
    """

    headers: tuple[Header, ...]
    measured: tuple[ImageStats, ...]
    count: int
    damaged: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """True if the sample includes all pictures."""
        return len(self.measured) + len(self.damaged) >= self.count

    @property
    def transparent(self) -> float:
        """The share of pictures with transparent parts."""
        return _share(stats.transparency != "none" for stats in self.measured)

    @property
    def pixel_art(self) -> float:
        """The share of pictures that are pixel art."""
        return _share(stats.pixel_art for stats in self.measured)

    @property
    def grey(self) -> bool:
        """True if no picture has colours."""
        by_mode = bool(self.headers) and all(header.grey for header in self.headers)
        return by_mode or (bool(self.measured) and all(stats.grey for stats in self.measured))


def survey(count: int, open_picture: Callable[[int], Source]) -> Survey:
    """Look at a sample of ``count`` pictures; ``open_picture`` opens one by its index."""
    damaged: dict[int, str] = {}
    headers = list(_readable(_spread(count, HEADERS), open_picture, read_header, damaged))
    measured, pixels = [], 0
    for stats in _readable(_spread(count, MEASURED), open_picture, measure, damaged):
        measured.append(stats)
        pixels += stats.width * stats.height
        if pixels > PIXELS:
            break
    if not measured:
        # The whole sample is unreadable: try the other pictures until one can be read.
        measured = list(islice(_readable(range(count), open_picture, measure, damaged), 1))
        headers = [
            Header(stats.width, stats.height, stats.mode, stats.grey, stats.transparency != "none")
            for stats in measured
        ]
    return Survey(tuple(headers), tuple(measured), count, damaged)


def choose(found: Survey, options: Any) -> dict[str, AutoSetting]:
    """Choose a size, and values for the picture options that were left open; by the option's name."""
    choices = {"size": choose_size(found)}
    if options.channels == "auto":
        choices["channels"] = choose_channels(found, options.background)
    channels = choices["channels"].value if "channels" in choices else options.channels
    for name, (_, choice) in (("fit", choose_fit(found, channels)), ("resampling", choose_resampling(found))):
        if choice and getattr(options, name) == "auto":
            choices[name] = choice
    return choices


def settle(found: Survey, options: Any, choices: Mapping[str, AutoSetting]) -> dict[str, str]:
    """Return the values of all options that can be ``"auto"``, as given or as chosen."""
    channels = choices["channels"].value if "channels" in choices else options.channels
    fit = choose_fit(found, channels)[0] if options.fit == "auto" else options.fit
    resampling = choose_resampling(found)[0] if options.resampling == "auto" else options.resampling
    return {"channels": channels, "fit": fit, "resampling": resampling}


def choose_size(found: Survey) -> AutoSetting:
    """Choose an edge in pixels that most pictures fill and two cores can learn."""
    sizes = [(header.width, header.height) for header in found.headers]
    if not sizes:
        return _size(LARGEST, "no picture could be read")
    (width, height), count = Counter(sizes).most_common(1)[0]
    if 2 * count > len(sizes) and width == height and SMALLEST <= width <= LARGEST and width in EXACT:
        share = _percent(count / len(sizes), found.count <= HEADERS)
        return _size(width, f"{share} of the pictures are {width}x{height}")
    side = statistics.median_low(min(size) for size in sizes)
    size = min(LARGEST, max(SMALLEST, 1 << (side.bit_length() - 1)))
    if side < SMALLEST:
        return _size(
            size, f"the smallest size that networks can build; half the pictures have an edge of {side} or less"
        )
    if side >= 2 * LARGEST:
        return _size(size, f"trains fast without a GPU; the pictures would allow {1 << (side.bit_length() - 1)}")
    return _size(size, f"the largest power of two that half the pictures fill (median edge: {side})")


def choose_channels(found: Survey, background: str | None) -> AutoSetting:
    """Choose ``grey``, ``rgb`` or ``rgba``."""
    if found.transparent >= WORTH_ALPHA and background is None:
        share = _percent(found.transparent, found.is_complete)
        return _option("channels", "rgba", f"{share} of the pictures have transparent parts")
    if found.grey and (background is None or len(set(ImageColor.getrgb(background)[:3])) == 1):
        return _option("channels", "grey", "no picture has colours")
    if background is not None and found.transparent:
        return _option("channels", "rgb", f"transparent parts are filled with {background}")
    few = f", and only {_percent(found.transparent)} have transparent parts" if found.transparent else ""
    return _option("channels", "rgb", f"the pictures have colours{few}")


def choose_fit(found: Survey, channels: str) -> tuple[Fit, AutoSetting | None]:
    """Choose how pictures become square, and return the setting unless all of them are."""
    square = _share(header.width == header.height for header in found.headers)
    others = _percent(1 - square, found.count <= HEADERS)
    if channels == "rgba":
        why = f"{others} aren't square, and transparent borders lose nothing"
        return "pad", _option("fit", "pad", why) if square < 1 else None
    why = f"{others} aren't square; their centres are kept"
    return "crop", _option("fit", "crop", why) if square < 1 else None


def choose_resampling(found: Survey) -> tuple[Resampling, AutoSetting | None]:
    """Choose how pictures are resized, and return the setting if it isn't the usual one."""
    if found.pixel_art < 0.5:
        return "smooth", None
    share = _percent(found.pixel_art, found.is_complete)
    why = f"{share} are pixel art (few colours, no gradients): keeps hard edges"
    return "pixels", _option("resampling", "pixels", why)


def choose_mirror(found: Survey) -> AutoSetting | None:
    """Choose whether to mirror pictures; return None if there are too few pictures to tell."""
    if not found.measured:
        return None
    accuracy = mirror_accuracy(np.stack([stats.thumbnail for stats in found.measured]))
    if accuracy is None:
        return None
    if accuracy < ORIENTED:
        why = f"left and right are alike ({_percent(accuracy)} can be distinguished from their mirror images)"
        return AutoSetting("--mirror", "mirror", "true", why)
    why = f"left and right differ: {_percent(accuracy)} of the pictures can be distinguished from their mirror images"
    return AutoSetting("--no-mirror", "mirror", "false", why)


def _size(size: int, why: str) -> AutoSetting:
    return AutoSetting("--size", "size", str(size), why)


def _option(name: str, value: str, why: str) -> AutoSetting:
    return AutoSetting("--data-option", name, value, why)


def _spread(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` indices, evenly spread, in an order of which any beginning is, too."""
    chosen = (
        [int(index) for index in np.unique(np.linspace(0, count - 1, min(most, count)).astype(int))] if count else []
    )
    return [chosen[index] for index in np.random.default_rng(0).permutation(len(chosen))]


def _readable(
    numbers: Iterable[int], open_picture: Callable[[int], Source], read: Callable[[Source], T], damaged: dict[int, str]
) -> Iterator[T]:
    """Yield the results of ``read`` for the pictures at ``numbers``, and add unreadable ones to ``damaged``."""
    for index in numbers:
        if index in damaged:
            continue
        source = None
        try:
            source = open_picture(index)
            found = read(source)
        # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
        except Exception as error:
            damaged[index] = unreadable.reason(error, source)
        else:
            yield found


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _percent(share: float, complete: bool = True) -> str:
    """Return a share in words; unless ``complete``, it is that of a sample, which can't speak for every picture."""
    # "100%" and "0%" appear only where they are exact.
    rounded = round(100 * share)
    if rounded == 100 and not complete:
        return "nearly all"
    if rounded == 100 and share < 1:
        return "over 99%"
    return "under 1%" if rounded == 0 and share > 0 else f"{rounded}%"
