"""Loops in separate processes, so that process-wide settings of one side don't affect the other."""

import multiprocessing
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.loops import Loop


class Worker(AbstractContextManager["Worker"]):
    """Runs slices of its loops on request, and sleeps in between. Use it as a context manager."""

    def __init__(self, make: Callable[..., Mapping[str, Loop]], *arguments: Any) -> None:
        """Call ``make(*arguments)``, which returns loops by name, in a new process; both must be picklable."""
        processes = multiprocessing.get_context("spawn")
        self._ours, theirs = processes.Pipe()
        self._process = processes.Process(target=_serve, args=(theirs, make, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._answer()

    def slices_of(self, name: str, seconds: float) -> Callable[[], float]:
        """Return a function that trains the loop ``name`` for ``seconds`` and returns images per second."""
        return partial(self._run, name, seconds)

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._process.join(5)
        self._process.kill()

    def _run(self, name: str, seconds: float) -> float:
        self._ours.send((name, seconds))
        return self._answer()

    def _answer(self) -> float:
        try:
            return float(self._ours.recv())
        except EOFError:
            raise RuntimeError("the process of a loop failed, see above") from None


def _serve(connection: Connection, make: Callable[..., Mapping[str, Loop]], arguments: tuple[Any, ...]) -> None:
    loops = make(*arguments)
    connection.send(0.0)
    while True:
        try:
            name, seconds = connection.recv()
        except EOFError:
            return
        connection.send(loops[name].images_per_second(seconds))
