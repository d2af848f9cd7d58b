"""Breakdown of a step's time: stopwatches around the pieces of artgan's trainer."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from artgan.training.trainer import Trainer

# In the order of a step; "overhead" is the time outside all stopwatches.
PIECES = ("data", "forward", "backward", "optimiser", "average", "overhead")


class Stopwatches:
    """Seconds by piece.

    R1's inner gradient is part of its loss and counts as forward. A stopwatch costs about a microsecond, which counts
    as overhead.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        trainer.graphs = None  # a recorded step has no pieces
        self._cuda = trainer.engine.device.type == "cuda"
        feed, engine, average = trainer.feed, trainer.engine, trainer.average
        self._wrap(feed, "batch", "data")
        self._wrap(engine, "backward", "backward")
        self._wrap(average, "update", "average")
        for optimizer in trainer.optimizers:
            self._wrap(optimizer, "step", "optimiser")
            self._wrap(optimizer, "zero_grad", "optimiser")
        for prepared in trainer.phases:
            prepared.phase = replace(prepared.phase, loss=self._timed(prepared.phase.loss, "forward"))

    def shares(self, spent: float) -> dict[str, float]:
        """Return each piece's share of the ``spent`` seconds; they sum to 1."""
        shares = {piece: self.seconds[piece] / spent for piece in PIECES[:-1]}
        return {**shares, "overhead": 1 - sum(shares.values())}

    def _wrap(self, owner: Any, method: str, piece: str) -> None:
        setattr(owner, method, self._timed(getattr(owner, method), piece))

    def _timed(self, work: Callable[..., Any], piece: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **keywords: Any) -> Any:
            self._wait()
            began = time.perf_counter()
            result = work(*arguments, **keywords)
            self._wait()
            self.seconds[piece] += time.perf_counter() - began
            return result

        return timed

    def _wait(self) -> None:
        if self._cuda:
            torch.cuda.synchronize()
