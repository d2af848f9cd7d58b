"""Work on many pictures, on all cores and with flat memory: slice by slice, results in order."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from artgan.util.processes import cores

SLICE = 32

T = TypeVar("T")


def in_slices(count: int, work: Callable[[range], T], size: int = SLICE) -> Iterator[tuple[range, T]]:
    """Numbers below ``count`` in slices, each with what ``work`` makes of it; in order, a bounded number at once.

    ``work`` is called in threads. What it raises is raised here.
    """
    workers = cores()
    slices = (range(start, min(start + size, count)) for start in range(0, count, size))
    with ThreadPoolExecutor(workers, thread_name_prefix="slices") as pool:
        while several := list(islice(slices, 4 * workers)):
            yield from zip(several, pool.map(work, several), strict=True)
