"""Notices when other programs want the cores that a training computes on."""

import time
from collections.abc import Callable

import torch

from artgan.training.events import Event, Notice, Started, Step

try:
    from resource import RUSAGE_SELF, getrusage
except ImportError:  # Windows
    getrusage = None  # type: ignore[assignment]

SECONDS_BETWEEN_LOOKS = 5.0
LOOKS_IN_A_ROW = 2
# Two threads on two cores: 65 to 100 interruptions a second and 0.95 of the cores on an idle machine; beside one busy
# process 190 to 210, and 0.6, for the thread that isn't interrupted waits for the one that is.
INTERRUPTIONS_A_SECOND, SHARE_OF_CORES = 130.0, 0.8


class CPUContention:
    """A listener that says once when the system takes a training's threads off their cores again and again.

    The threads of an operation wait for the last of them. Where one has to take turns with another program, all of them
    get a fraction of its speed, and a single thread would be faster.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self.emit = emit
        self._before: tuple[float, float, int] | None = None
        self._crowded = 0
        self._told = getrusage is None or torch.get_num_threads() == 1

    def __call__(self, event: Event) -> None:
        """Look every few seconds."""
        if self._told or not isinstance(event, (Started, Step)):
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
        """Judge ``cores`` in use and ``interruptions`` a second."""
        threads = torch.get_num_threads()
        crowded = cores < SHARE_OF_CORES * threads and interruptions > INTERRUPTIONS_A_SECOND
        self._crowded = self._crowded + 1 if crowded else 0
        if self._crowded == LOOKS_IN_A_ROW:
            self._told = True
            self.emit(
                Notice(
                    f"Other programs interrupt the {threads} threads of this training, which then wait for each other: "
                    f"--threads {threads // 2} may be several times faster (Ctrl-C, then `artgan resume --threads "
                    f"{threads // 2}`)."
                )
            )
