"""Signals as requests, which the loop fulfils after a step, not in the middle of it."""

import signal
import threading
import time
from types import FrameType
from typing import Any

from artgan.errors import Terminated

# Ctrl-C; a scheduler or the system that needs the machine; a terminal that was closed.
STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
# Sent by schedulers of preemptible machines some time before they stop a job.
CHECKPOINT = getattr(signal, "SIGUSR1", None)


class Interrupts:
    """While entered, remembers the first signal to stop; a second one stops at once. SIGUSR1 requests a checkpoint.

    Launchers such as torchrun forward signals that the terminal has sent already, so that one Ctrl-C may arrive twice:
    repetitions within a second are ignored.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._when = 0.0
        self._requested = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        # Only the main thread may handle signals; in a notebook's worker thread they keep their handlers.
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks for training to continue
                    self._before[number] = signal.signal(number, self._remember)
            if CHECKPOINT is not None:
                self._before[CHECKPOINT] = signal.signal(CHECKPOINT, self._request_checkpoint)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            if handler is not None:  # a handler that wasn't set from Python can't be restored
                signal.signal(number, handler)

    def take_checkpoint_request(self) -> bool:
        """Return whether a checkpoint was requested since the last call."""
        requested, self._requested = self._requested, False
        return requested

    def _request_checkpoint(self, number: int, frame: FrameType | None) -> None:
        self._requested = True

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self._when = number, time.monotonic()
        elif time.monotonic() - self._when > 1:
            raise Terminated(number)
