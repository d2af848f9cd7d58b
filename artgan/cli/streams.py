"""Standard streams that are closed, full, or no longer read by anyone.

Python flushes stdout and stderr once more while the interpreter shuts down. An error there bypasses every handler: it
prints "Exception ignored in …" and turns the exit code into 120. So the program flushes them itself, while it can
still say what is wrong.
"""

import errno
import os
import sys
from typing import Any

# A pipe without a reader. The C runtime of Windows reports it as an invalid argument.
NO_READER = (errno.EPIPE, errno.EINVAL) if os.name == "nt" else (errno.EPIPE,)


def open_missing() -> None:
    """Connect standard streams that are closed to the null device.

    Python sets them to None then, and the next file that is opened gets their descriptor: whatever a library prints
    would land in that file.
    """
    for name in ("stdin", "stdout", "stderr"):  # in the order of their descriptors: the lowest free one is taken
        if getattr(sys, name) is None:
            stream = open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8")  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def say(text: str) -> None:
    """Print ``text`` to stderr if it can be written to; nothing else can be done if it can't."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def flush() -> OSError | None:
    """Flush the standard streams and return the error of stdout, if there is one.

    What a stream couldn't take is discarded, and so is whatever is written to it from now on.
    """
    failed: OSError | None = None
    # Typer may have put a stream in place of stdout that hides errors; the real one still has them to report.
    for stream in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError as error:
            _discard(stream)
            failed = failed or (error if stream in (sys.stdout, sys.__stdout__) else None)
    return failed


def _discard(stream: Any) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, stream.fileno())
    finally:
        os.close(null)
