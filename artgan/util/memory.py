"""Too little memory, on whatever device, told with the option that helps."""

from collections.abc import Iterator
from contextlib import contextmanager

from artgan.errors import ArtganError


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that there is not enough memory; on a CPU torch has no class of its own for that."""
    text = str(error)
    refused = "can't allocate memory" in text or "not enough memory" in text or "out of memory" in text
    kinds = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return kinds or (isinstance(error, RuntimeError) and refused)


@contextmanager
def oom_hint(advice: str) -> Iterator[None]:
    """Turn a shortage of memory inside into an :class:`ArtganError` that gives ``advice``; a decorator, too."""
    try:
        yield
    except Exception as error:
        if isinstance(error, ArtganError) or not is_out_of_memory(error):
            raise
        raise ArtganError(f"There is not enough memory: {advice}.") from error
