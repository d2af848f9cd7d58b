"""CUDA graphs: steps that are recorded once and replayed as a whole.

A step of a small GAN is some 150 kernels of a few microseconds each. Launching them one by one from Python takes eight
times as long as computing them; a recorded step is a single launch.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from artgan.data.batch import Batch

T = TypeVar("T")
# What each phase's loss returned, by phase.
PhaseLosses = list[tuple[str, dict[str, Tensor]]]
# Steps of each kind that are computed one kernel at a time before one is recorded: meanwhile optimisers create their
# state and libraries choose their kernels, which isn't part of a step.
WARM_UPS = 3
# Most kinds of steps to record; a model with more than this names another in each step.
MOST_KINDS = 64


class Recorder(Protocol):
    """Records work on a device."""

    def warm_up(self, work: Callable[[], T]) -> T:
        """Do ``work`` in the place where it will be recorded."""

    def record(self, work: Callable[[], T]) -> Callable[[], T]:
        """Record ``work``; calling the result repeats it, and returns the same tensors with new values in them."""

    def forget(self) -> None:
        """Drop all recordings."""


class CUDARecorder:
    """Records on its own stream, into memory that all recordings share, since only one runs at a time."""

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()
        self.forget()

    def forget(self) -> None:
        """Record into new memory: gradients may still be in what dropped recordings used."""
        self._pool = torch.cuda.graph_pool_handle()

    def warm_up(self, work: Callable[[], T]) -> T:
        """Do ``work`` on the stream on which it will be recorded."""
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            result = work()
        current.wait_stream(self._stream)
        return result

    def record(self, work: Callable[[], T]) -> Callable[[], T]:
        """Record ``work`` without doing it. Raises :class:`RuntimeError` if it can't be recorded."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
                result = work()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            # Ending the recording fails as well, and hides what went wrong in it.
            cause = error.__context__ or error
            raise RuntimeError(
                f"its steps can't be recorded as a CUDA graph; --no-cuda-graphs trains without ({cause})"
            ) from cause

        def replay() -> T:
            graph.replay()
            return result

        return replay


class Graphs:
    """Runs a trainer's steps, replaying recordings where it has them.

    Results equal those without recording: the same kernels get the same numbers in the same order. But learning rates
    that a schedule sets have 32 bits here, and 64 elsewhere.
    """

    def __init__(self, recorder: Recorder, optimizers: list[torch.optim.Optimizer], warm_ups: int = WARM_UPS) -> None:
        """Make ``optimizers`` keep their step counts on the device; call this before the first step."""
        self.recorder, self.optimizers, self.warm_ups = recorder, optimizers, warm_ups
        self._steps: dict[Hashable, _RecordedStep] = {}
        self._ready = False
        for group in self._groups():
            if "capturable" in group:
                group["capturable"] = True

    def make_ready(self, device: torch.device) -> None:
        """Put scheduled learning rates into tensors, which replays read anew; call this before every step."""
        if self._ready:
            return
        self._ready = True
        for group in self._groups():
            if "initial_lr" in group and not isinstance(group["lr"], Tensor):
                group["lr"] = torch.tensor(group["lr"], device=device)

    def run(self, kind: Hashable, batch: Batch, work: Callable[[Batch], PhaseLosses]) -> PhaseLosses:
        """Do ``work`` on ``batch``. Steps of equal ``kind`` do the same work, on other numbers."""
        if kind not in self._steps:
            if len(self._steps) == MOST_KINDS:
                return work(batch)
            self._steps[kind] = _RecordedStep(batch, work, self.recorder, self.warm_ups)
        return self._steps[kind].run(batch)

    @property
    def recorded(self) -> list[Hashable]:
        """The kinds of steps that are replayed."""
        return [kind for kind, step in self._steps.items() if step.replay]

    def forget(self) -> None:
        """Drop all recordings, because tensors or settings that they use were replaced."""
        self._steps.clear()
        self.recorder.forget()
        self._ready = False

    def _groups(self) -> Iterator[dict[str, Any]]:
        for optimizer in self.optimizers:
            yield from optimizer.param_groups


def can_be_recorded(optimizers: list[torch.optim.Optimizer]) -> bool:
    """Return whether their steps can be replayed: an optimiser that counts steps in Python would never advance."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    kinds = [getattr(optimizer, "optimizer", optimizer) for optimizer in optimizers]
    # Stochastic gradient descent counts nothing, but it can't read its rate from a tensor.
    plain = all(isinstance(kind, torch.optim.SGD) for kind in kinds) and not any("initial_lr" in g for g in groups)
    return plain or all("capturable" in group for group in groups)


class _RecordedStep:
    def __init__(self, batch: Batch, work: Callable[[Batch], PhaseLosses], recorder: Recorder, warm_ups: int) -> None:
        self.batch = _RecordedBatch(batch)
        self.work, self.recorder, self.warm_ups = work, recorder, warm_ups
        self.replay: Callable[[], Tensor] | None = None
        self.layout: list[tuple[str, str, int]] = []

    def run(self, batch: Batch) -> PhaseLosses:
        self.batch.fill(batch)
        if self.warm_ups:
            self.warm_ups -= 1
            return self._split(self.recorder.warm_up(self._compute))
        if self.replay is None:
            self.batch.seal()
            self.replay = self.recorder.record(self._compute)
        # The next replay overwrites the result.
        return self._split(self.replay().clone())

    def _compute(self) -> Tensor:
        """Return all losses as one tensor, since copying it takes no longer than copying a single loss."""
        self.batch.reset()
        results = self.work(self.batch)
        self.batch.memo.clear()
        self.layout = [(phase, name, value.numel()) for phase, losses in results for name, value in losses.items()]
        return torch.cat([value.float().reshape(-1) for _, losses in results for value in losses.values()])

    def _split(self, whole: Tensor) -> PhaseLosses:
        parts = whole.split([count for _, _, count in self.layout])
        return [(phase, {name: part}) for (phase, name, _), part in zip(self.layout, parts, strict=True)]


class _RecordedBatch(Batch):
    """A batch that stays in the same memory and gets new values for each step."""

    __slots__ = ("_buffers", "_images", "_labels", "_sealed", "_source", "_used")

    def __init__(self, batch: Batch) -> None:
        self._images = batch.images.clone()
        self._labels = None if batch.labels is None else batch.labels.clone()
        self._buffers: list[Tensor] = []
        self._source, self._sealed = batch, False
        self.step, self.shard, self.memo = batch.step, batch.shard, {}
        self.reset()

    @property
    def fraction(self) -> float:  # type: ignore[override]
        """Raise :class:`RuntimeError`: replays would see the value of one step for ever."""
        raise RuntimeError("batch.fraction can't be read by steps that are replayed (capturable): use before_step()")

    @property
    def generator(self) -> torch.Generator:  # type: ignore[override]
        """Raise :class:`RuntimeError`: replays would see the numbers of one step for ever."""
        raise RuntimeError(
            "batch.generator can't be used by steps that are replayed (capturable): use batch.latents() or draw on the "
            "device"
        )

    def fill(self, batch: Batch) -> None:
        """Copy the images, labels and latents of ``batch``."""
        self._source = batch
        self._images.copy_(batch.images)
        if self._labels is not None and batch.labels is not None:
            self._labels.copy_(batch.labels)
        for buffer in self._buffers:
            buffer.copy_(batch.latents(*buffer.shape[1:]))

    def reset(self) -> None:
        """Restore what phases may have replaced; call this before the phases."""
        self.images = self._images.detach()
        self.labels = self._labels
        self._used = 0

    def seal(self) -> None:
        """Refuse new requests from now on: the recording knows what a step needs."""
        self._sealed = True

    def latents(self, *shape: int) -> Tensor:
        """Return the latents that were filled in; draw them if a step asks for them for the first time."""
        self._used += 1
        if self._used > len(self._buffers):
            if self._sealed:
                raise RuntimeError("a step needs latents that earlier steps of its kind didn't: see Model.variant()")
            self._buffers.append(self._source.latents(*shape))
        return self._buffers[self._used - 1].detach()
