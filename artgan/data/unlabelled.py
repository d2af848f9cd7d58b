"""Pictures without a label where others have one: which of them are left out, and which are no pictures at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from artgan.data import unreadable
from artgan.data.labels import UNSORTED
from artgan.data.parallel import in_slices
from artgan.data.picture import Source, decode

# A handful of loose pictures among sub-folders are no kind of their own, and are learnt by heart as one.
FEWEST_UNSORTED = 0.02
# So many are looked at, each time that the data set is opened; more are taken for what their names say.
MOST_CHECKED = 128
# A JPEG that is decoded to check it needn't be large.
SIDE = 64


@dataclass(frozen=True, slots=True)
class Loose:
    """What is not learnt from for want of a label, by the pictures' numbers.

    Attributes:
        left_out: pictures.
        damaged: those that can't be read, and why; they count for nothing.
    """

    left_out: frozenset[int] = frozenset()
    damaged: Mapping[int, str] = field(default_factory=dict)

    @property
    def numbers(self) -> frozenset[int]:
        """Of all of them."""
        return self.left_out | self.damaged.keys()


def sort_out(labels: Sequence[str], wanted: str, open_picture: Callable[[int], Source]) -> Loose:
    """Find pictures that are left out for want of a label.

    Args:
        labels: of each picture.
        wanted: the option ``unsorted``: ``"label"``, ``"leave"``, or ``"auto"``: leave them out if they are few.
        open_picture: opens one by its number.
    """
    found = [index for index, text in enumerate(labels) if text == UNSORTED]
    if wanted == "label" or not found:
        return Loose()
    damaged = _damaged(found, open_picture) if len(found) <= MOST_CHECKED else {}
    few = len(found) - len(damaged) < FEWEST_UNSORTED * len(labels)
    return Loose(frozenset(found) - damaged.keys(), damaged) if wanted == "leave" or few else Loose()


def _damaged(numbers: Sequence[int], open_picture: Callable[[int], Source]) -> dict[int, str]:
    def check(part: range) -> list[str | None]:
        return [_complaint(numbers[place], open_picture) for place in part]

    reasons = [why for _, found in in_slices(len(numbers), check, size=8) for why in found]
    return {number: why for number, why in zip(numbers, reasons, strict=True) if why}


def _complaint(number: int, open_picture: Callable[[int], Source]) -> str | None:
    """Why a picture can't be read; None if it can."""
    source = None
    try:
        source = open_picture(number)
        decode(source, lambda image: None, SIDE)
    # Pillow raises nearly anything for a damaged file: SyntaxError, struct.error, IndexError, …
    except Exception as error:
        return unreadable.reason(error, source)
    return None
