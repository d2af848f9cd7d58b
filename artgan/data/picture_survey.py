"""A look at some pictures of many, and what follows from it: size, channels, how they are brought to shape."""

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
from artgan.data.image_stats import Header, Look, glance, look
from artgan.data.orientation import TELLTALE, left_from_right
from artgan.data.picture import Source
from artgan.data.resize import Fit, Resampling

HEADERS, LOOKS = 256, 1024
"""So many headers are read, and at most so many whole pictures, evenly spread: enough to tell, in a second or two."""

# Whole pictures are looked at until they have had so many pixels in all.
PIXELS = 64_000_000
SMALLEST, LARGEST = 16, 64
# Sizes that nearly all networks can build: small multiples of powers of two.
EXACT = frozenset(factor << power for factor in (4, 5, 6, 7) for power in range(7))
# An alpha channel is worth learning if so many pictures use theirs.
WORTH_ALPHA = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Survey:
    """What some of a set's pictures are like.

    Attributes:
        headers: of some.
        looks: at some, often fewer; at least at one, if any can be read.
        count: how many pictures there are.
        damaged: by their numbers, those of these that can't be read, and why.
    """

    headers: tuple[Header, ...]
    looks: tuple[Look, ...]
    count: int
    damaged: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all pictures were looked at, and none is only hoped to be like the others."""
        return len(self.looks) + len(self.damaged) >= self.count

    @property
    def transparent(self) -> float:
        """The share of pictures with transparent parts."""
        return _share(look.transparency != "none" for look in self.looks)

    @property
    def pixel_art(self) -> float:
        """The share of pictures that were set pixel by pixel."""
        return _share(look.pixel_art for look in self.looks)

    @property
    def grey(self) -> bool:
        """Whether none has colours."""
        by_mode = bool(self.headers) and all(header.grey for header in self.headers)
        return by_mode or (bool(self.looks) and all(look.grey for look in self.looks))


def survey(count: int, open_picture: Callable[[int], Source]) -> Survey:
    """Look at some of ``count`` pictures."""
    damaged: dict[int, str] = {}
    headers = list(_readable(_spread(count, HEADERS), open_picture, glance, damaged))
    looks, pixels = [], 0
    for seen in _readable(_spread(count, LOOKS), open_picture, look, damaged):
        looks.append(seen)
        pixels += seen.width * seen.height
        if pixels > PIXELS:
            break
    if not looks:
        # Nothing may be said of pictures none of which can be read; the others are tried until one can.
        looks = list(islice(_readable(range(count), open_picture, look, damaged), 1))
        headers = [Header(seen.width, seen.height, seen.mode, seen.grey, seen.transparency != "none") for seen in looks]
    return Survey(tuple(headers), tuple(looks), count, damaged)


def choose(found: Survey, options: Any) -> dict[str, AutoSetting]:
    """A size, and what ``options`` of pictures leave open, by the option's name."""
    choices = {"size": choose_size(found)}
    if options.channels == "auto":
        choices["channels"] = choose_channels(found, options.background)
    channels = choices["channels"].value if "channels" in choices else options.channels
    for name, (_, choice) in (("fit", choose_fit(found, channels)), ("resampling", choose_resampling(found))):
        if choice and getattr(options, name) == "auto":
            choices[name] = choice
    return choices


def settle(found: Survey, options: Any, choices: Mapping[str, AutoSetting]) -> dict[str, str]:
    """The values of all options that may be left open to a look, chosen or given."""
    channels = choices["channels"].value if "channels" in choices else options.channels
    fit = choose_fit(found, channels)[0] if options.fit == "auto" else options.fit
    resampling = choose_resampling(found)[0] if options.resampling == "auto" else options.resampling
    return {"channels": channels, "fit": fit, "resampling": resampling}


def choose_size(found: Survey) -> AutoSetting:
    """An edge in pixels that most pictures fill and two cores can learn."""
    sizes = [(header.width, header.height) for header in found.headers]
    if not sizes:
        return _size(LARGEST, "no picture could be looked at")
    (width, height), count = Counter(sizes).most_common(1)[0]
    if 2 * count > len(sizes) and width == height and SMALLEST <= width <= LARGEST and width in EXACT:
        share = _percent(count / len(sizes), found.count <= HEADERS)
        return _size(width, f"{share} of the pictures are {width}x{height}")
    side = statistics.median_low(min(size) for size in sizes)
    size = min(LARGEST, max(SMALLEST, 1 << (side.bit_length() - 1)))
    if side < SMALLEST:
        return _size(size, f"the smallest that networks can build; half the pictures have an edge of {side} or less")
    if side >= 2 * LARGEST:
        return _size(size, f"learns fast without a GPU; the pictures would allow {1 << (side.bit_length() - 1)}")
    return _size(size, f"the largest power of two that half the pictures fill (median edge {side})")


def choose_channels(found: Survey, background: str | None) -> AutoSetting:
    """``grey``, ``rgb`` or ``rgba``."""
    if found.transparent >= WORTH_ALPHA and background is None:
        share = _percent(found.transparent, found.is_whole)
        return _option("channels", "rgba", f"{share} of the pictures have transparent parts")
    if found.grey and (background is None or len(set(ImageColor.getrgb(background)[:3])) == 1):
        return _option("channels", "grey", "no picture has a colour")
    if background is not None and found.transparent:
        return _option("channels", "rgb", f"transparent parts are laid over {background}")
    few = f", and only {_percent(found.transparent)} have transparent parts" if found.transparent else ""
    return _option("channels", "rgb", f"there are colours{few}")


def choose_fit(found: Survey, channels: str) -> tuple[Fit, AutoSetting | None]:
    """How pictures become square; no choice to tell of if they are."""
    square = _share(header.width == header.height for header in found.headers)
    others = _percent(1 - square, found.count <= HEADERS)
    if channels == "rgba":
        why = "a transparent border takes nothing away"
        return "pad", _option("fit", "pad", f"{others} are not square, and {why}") if square < 1 else None
    why = f"{others} are not square; their centres are kept"
    return "crop", _option("fit", "crop", why) if square < 1 else None


def choose_resampling(found: Survey) -> tuple[Resampling, AutoSetting | None]:
    """How pictures change their size."""
    if found.pixel_art < 0.5:
        return "smooth", None
    why = f"{_percent(found.pixel_art, found.is_whole)} are pixel art (few colours, no gradients): hard edges stay hard"
    return "pixels", _option("resampling", "pixels", why)


def choose_mirror(found: Survey) -> AutoSetting | None:
    """Whether mirrored pictures are shown too; None if there are too few pictures to tell."""
    told = left_from_right(np.stack([look.thumbnail for look in found.looks])) if found.looks else None
    if told is None:
        return None
    if told < TELLTALE:
        return AutoSetting(
            "--mirror", "mirror", "true", f"left and right are alike ({_percent(told)} told from mirror images)"
        )
    why = f"left and right differ: {_percent(told)} of the pictures are told from their mirror images"
    return AutoSetting("--no-mirror", "mirror", "false", why)


def _size(size: int, why: str) -> AutoSetting:
    return AutoSetting("--size", "size", str(size), why)


def _option(name: str, value: str, why: str) -> AutoSetting:
    return AutoSetting("--data-option", name, value, why)


def _spread(count: int, most: int) -> list[int]:
    """At most ``most`` of ``count`` numbers, evenly spread; any beginning of them is roughly so, too."""
    chosen = (
        [int(index) for index in np.unique(np.linspace(0, count - 1, min(most, count)).astype(int))] if count else []
    )
    return [chosen[index] for index in np.random.default_rng(0).permutation(len(chosen))]


def _readable(
    numbers: Iterable[int], open_picture: Callable[[int], Source], read: Callable[[Source], T], damaged: dict[int, str]
) -> Iterator[T]:
    """What ``read`` makes of pictures, by their numbers; what it can't read goes to ``damaged``."""
    for index in numbers:
        if index in damaged:
            continue
        source = None
        try:
            source = open_picture(index)
            seen = read(source)
        # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
        except Exception as error:
            damaged[index] = unreadable.reason(error, source)
        else:
            yield seen


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _percent(share: float, whole: bool = True) -> str:
    """A share in words; unless ``whole``, it is one of some pictures, and says little of the last of the others."""
    # "100 %" and "0 %" are said only where they are true.
    rounded = round(100 * share)
    if rounded == 100 and not whole:
        return "nearly all"
    if rounded == 100 and share < 1:
        return "over 99 %"
    return "under 1 %" if rounded == 0 and share > 0 else f"{rounded} %"
