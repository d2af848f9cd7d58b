"""Process many pictures on all cores with bounded memory: slice by slice, with results in order."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from artgan.util.processes import cores

SLICE = 32

T = TypeVar("T")


def map_slices(count: int, work: Callable[[range], T], size: int = SLICE) -> Iterator[tuple[range, T]]:
    """Yield the slices of ``range(count)``, each with its result, in order.

    Args:
        count: number of items.
        work: called with each slice, in threads; its exceptions are raised here.
        size: items per slice.
    """
    workers = cores()
    slices = (range(start, min(start + size, count)) for start in range(0, count, size))
    with ThreadPoolExecutor(workers, thread_name_prefix="slices") as pool:
        while batch := list(islice(slices, 4 * workers)):
            yield from zip(batch, pool.map(work, batch), strict=True)
