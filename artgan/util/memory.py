"""Recognise out-of-memory errors of any device, and name the option that helps."""

from collections.abc import Iterator
from contextlib import contextmanager

from artgan.errors import ArtganError


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` means out of memory; on the CPU, torch has no class of its own for that."""
    text = str(error)
    refused = "can't allocate memory" in text or "not enough memory" in text or "out of memory" in text
    kinds = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return kinds or (isinstance(error, RuntimeError) and refused)


@contextmanager
def oom_hint(advice: str) -> Iterator[None]:
    """Turn out-of-memory errors into an :class:`ArtganError` that gives ``advice``; also works as a decorator."""
    try:
        yield
    except Exception as error:
        if isinstance(error, ArtganError) or not is_out_of_memory(error):
            raise
        raise ArtganError(f"There is not enough memory: {advice}.") from error
