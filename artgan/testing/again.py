"""A recorder for a processor: what it records is done again, by the same Python, on the same batch."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Again:
    """A :class:`artgan.training.graphs.Recorder` that shows what a recording would not know.

    The batch stays that of the step that was recorded, but for its tensors. What reads its number or draws from its
    generator goes another way than without a recorder, as it would if a GPU replayed it.
    """

    def warm_up(self, work: Callable[[], T]) -> T:
        """Do ``work``."""
        return work()

    def record(self, work: Callable[[], T]) -> Callable[[], T]:
        """The result does ``work``."""
        return work
