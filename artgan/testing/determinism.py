"""A CUDA graph simulated on a processor: a replay runs the same Python again, in the state that was recorded."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from torch import nn
from torch.optim import Optimizer

T = TypeVar("T")
PLAIN = (bool, int, float, str, type(None))


class SimulatedRecorder:
    """A :class:`artgan.training.cuda_graphs.Recorder` that reveals what a CUDA graph would not see.

    During a replay, numbers that are attributes of modules and learning rates that aren't tensors have the values they
    had when the step was recorded, and changes to them are dropped. The same holds for the batch, except for its
    tensors. Work that depends on any of these takes another course than it does without a recorder, just as it would
    if a GPU replayed it.
    """

    def __init__(self, model: nn.Module | None = None, optimizers: Iterable[Optimizer] = ()) -> None:
        """Record the state of ``model`` and ``optimizers``; without a model, only the batch is kept as recorded."""
        self.modules = list(model.modules()) if model else []
        self.optimizers = list(optimizers)

    def warm_up(self, work: Callable[[], T]) -> T:
        """Run ``work``."""
        return work()

    def record(self, work: Callable[[], T]) -> Callable[[], T]:
        """Return a function that runs ``work`` in the state of this moment."""
        recorded = self._state()

        def replay() -> T:
            current = self._state()
            self._put(recorded)
            result = work()
            self._put(current)
            return result

        return replay

    def forget(self) -> None:
        """Do nothing: no recordings are kept here."""

    def _places(self) -> list[dict[str, Any]]:
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        return [*(vars(module) for module in self.modules), *groups]

    def _state(self) -> list[dict[str, Any]]:
        return [{k: value for k, value in place.items() if isinstance(value, PLAIN)} for place in self._places()]

    def _put(self, state: list[dict[str, Any]]) -> None:
        for place, values in zip(self._places(), state, strict=True):
            place.update(values)
