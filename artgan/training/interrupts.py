"""Ctrl-C and SIGTERM as a wish to stop after the step, not in the middle of it."""

import signal
import threading
import time
from types import FrameType
from typing import Any


class Interrupts:
    """While entered, remembers the first SIGINT or SIGTERM; a second one interrupts at once.

    Launchers such as torchrun pass on what the terminal has sent already, so that one Ctrl-C may come twice within
    moments: for a second, more of them mean nothing.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.received: int | None = None
        self._when = 0.0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        # Python lets only the main thread handle signals; in a notebook's worker thread they stay as they are.
        if threading.current_thread() is threading.main_thread():
            for number in self.SIGNALS:
                self._before[number] = signal.signal(number, self._remember)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self._when = number, time.monotonic()
        elif time.monotonic() - self._when > 1:
            raise KeyboardInterrupt
