"""Find pictures without a label where others have one, which may be left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from artgan.data import unreadable
from artgan.data.labels import UNSORTED
from artgan.data.parallel import map_slices
from artgan.data.picture import Source, decode

# Below this share, unlabelled pictures don't make a label of their own: a model would memorise them.
FEWEST_UNSORTED = 0.02
# Up to this many are decoded whenever the data set is opened, to see whether they are readable pictures.
MOST_CHECKED = 128
# Size at which JPEGs are decoded for that check.
SIDE = 64


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Indices of pictures that are left out because they have no label.

    Attributes:
        left_out: readable pictures.
        damaged: reasons of unreadable ones, which don't count as pictures.
    """

    left_out: frozenset[int] = frozenset()
    damaged: Mapping[int, str] = field(default_factory=dict)

    @property
    def numbers(self) -> frozenset[int]:
        """All of them."""
        return self.left_out | self.damaged.keys()


def find_unlabelled(labels: Sequence[str], wanted: str, open_picture: Callable[[int], Source]) -> Unlabelled:
    """Find the pictures to leave out because they have no label.

    Args:
        labels: label of each picture.
        wanted: the option ``unsorted``: ``"label"`` keeps them, ``"leave"`` leaves them out, and ``"auto"`` leaves
            them out if they are few.
        open_picture: opens a picture by its index.
    """
    found = [index for index, text in enumerate(labels) if text == UNSORTED]
    if wanted == "label" or not found:
        return Unlabelled()
    damaged = _damaged(found, open_picture) if len(found) <= MOST_CHECKED else {}
    few = len(found) - len(damaged) < FEWEST_UNSORTED * len(labels)
    return Unlabelled(frozenset(found) - damaged.keys(), damaged) if wanted == "leave" or few else Unlabelled()


def _damaged(numbers: Sequence[int], open_picture: Callable[[int], Source]) -> dict[int, str]:
    def check(part: range) -> list[str | None]:
        return [_complaint(numbers[place], open_picture) for place in part]

    reasons = [why for _, found in map_slices(len(numbers), check, size=8) for why in found]
    return {number: why for number, why in zip(numbers, reasons, strict=True) if why}


def _complaint(number: int, open_picture: Callable[[int], Source]) -> str | None:
    """Return why a picture can't be read, or None if it can."""
    source = None
    try:
        source = open_picture(number)
        decode(source, lambda image: None, SIDE)
    # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
    except Exception as error:
        return unreadable.reason(error, source)
    return None
