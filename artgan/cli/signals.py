"""Handle signals: clean up what was started, and exit with a code that says why."""

import signal
from types import FrameType

from artgan.errors import Terminated


def end_tidily() -> None:
    """Make SIGTERM and SIGHUP act like Ctrl-C. The training loop has its own way: ``artgan.training.interrupts``.

    A program that was started with ``nohup`` keeps running when its terminal is closed.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    wish = getattr(signal, "SIGUSR1", None)
    if wish is not None and signal.getsignal(wish) is signal.SIG_DFL:
        signal.signal(wish, _nothing)  # asks for a checkpoint; before the first step there is none to write


def _end(number: int, frame: FrameType | None) -> None:
    raise Terminated(number)


def _nothing(number: int, frame: FrameType | None) -> None:
    pass
