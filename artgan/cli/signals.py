"""Signals that would end the program at once end it tidily: what was begun is removed, and the exit code says why."""

import signal
from types import FrameType

from artgan.errors import Terminated


def end_tidily() -> None:
    """From now on SIGTERM and SIGHUP act as Ctrl-C does. The loop has a way of its own: ``artgan.training.interrupts``.

    What was started with ``nohup`` goes on when its terminal is closed.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    wish = getattr(signal, "SIGUSR1", None)
    if wish is not None and signal.getsignal(wish) is signal.SIG_DFL:
        signal.signal(wish, _nothing)  # a checkpoint is wished for, and before the first step there is none to write


def _end(number: int, frame: FrameType | None) -> None:
    raise Terminated(number)


def _nothing(number: int, frame: FrameType | None) -> None:
    pass
