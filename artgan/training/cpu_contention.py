"""Notices when other programs compete for the cores that training uses."""

import time
from collections.abc import Callable

import torch

from artgan.training.callback import Callback
from artgan.training.events import Event, Notice, Stage, Started, Step

try:
    from resource import RUSAGE_SELF, getrusage
except ImportError:  # Windows
    getrusage = None  # type: ignore[assignment]

SECONDS_BETWEEN_LOOKS = 5.0
LOOKS_IN_A_ROW = 2
# Two threads on two cores: 65 to 100 interruptions per second and 0.95 of the cores on an idle machine; next to one
# busy process 190 to 210, and 0.6, since the thread that isn't interrupted waits for the one that is.
INTERRUPTIONS_PER_SECOND, SHARE_OF_CORES = 130.0, 0.8


class CPUContention(Callback):
    """Emits one notice if the system keeps interrupting the threads of training.

    The threads of an operation wait for the slowest of them. If one has to share its core with another program, all of
    them slow down to a fraction of their speed, and a single thread would be faster.
    """

    stage = Stage.REPORT

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self.emit = emit
        self._before: tuple[float, float, int] | None = None
        self._contended = 0
        self._reported = getrusage is None or torch.get_num_threads() == 1

    def __call__(self, event: Event) -> None:
        """Measure every few seconds."""
        if self._reported or not isinstance(event, (Started, Step)):
            return
        now = time.monotonic()
        if self._before is not None and now - self._before[0] < SECONDS_BETWEEN_LOOKS:
            return
        usage = getrusage(RUSAGE_SELF)
        spent, interruptions = usage.ru_utime + usage.ru_stime, usage.ru_nivcsw
        if self._before is not None and isinstance(event, Step):
            seconds = now - self._before[0]
            self._look((spent - self._before[1]) / seconds, (interruptions - self._before[2]) / seconds)
        self._before = now, spent, interruptions

    def _look(self, cores: float, interruptions: float) -> None:
        """Judge ``cores`` in use and ``interruptions`` per second."""
        threads = torch.get_num_threads()
        contended = cores < SHARE_OF_CORES * threads and interruptions > INTERRUPTIONS_PER_SECOND
        self._contended = self._contended + 1 if contended else 0
        if self._contended == LOOKS_IN_A_ROW:
            self._reported = True
            self.emit(
                Notice(
                    f"Other programs interrupt the {threads} threads of this training, which then wait for each other: "
                    f"--threads {threads // 2} may be several times faster (Ctrl-C, then `artgan resume --threads "
                    f"{threads // 2}`)."
                )
            )
