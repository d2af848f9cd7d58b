"""Signals as wishes that the loop meets after the step, not in the middle of it."""

import signal
import threading
import time
from types import FrameType
from typing import Any

from artgan.errors import Terminated

# Ctrl-C, a scheduler or the system that wants the machine back, a terminal that was closed.
STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
# What schedulers of preemptible machines send some time before they stop a job.
CHECKPOINT = getattr(signal, "SIGUSR1", None)


class Interrupts:
    """While entered, remembers the first signal to stop; a second one stops at once. SIGUSR1 is for a checkpoint.

    Launchers such as torchrun pass on what the terminal has sent already, so that one Ctrl-C may come twice within
    moments: for a second, more of them mean nothing.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._when = 0.0
        self._wish = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        # Python lets only the main thread handle signals; in a notebook's worker thread they stay as they are.
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's wish is that the training goes on
                    self._before[number] = signal.signal(number, self._remember)
            if CHECKPOINT is not None:
                self._before[CHECKPOINT] = signal.signal(CHECKPOINT, self._wish_for_a_checkpoint)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            if handler is not None:  # one that was not set from Python can't be set again
                signal.signal(number, handler)

    def take_wish(self) -> bool:
        """Whether a checkpoint was wished for since the last call."""
        wished, self._wish = self._wish, False
        return wished

    def _wish_for_a_checkpoint(self, number: int, frame: FrameType | None) -> None:
        self._wish = True

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self._when = number, time.monotonic()
        elif time.monotonic() - self._when > 1:
            raise Terminated(number)
