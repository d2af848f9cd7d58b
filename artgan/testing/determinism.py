"""A recorder for a processor: what it records is done again, by the same Python, in the state it was recorded in."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from torch import nn
from torch.optim import Optimizer

T = TypeVar("T")
PLAIN = (bool, int, float, str, type(None))


class Again:
    """A :class:`artgan.training.cuda_graphs.Recorder` that shows what a recording would not know.

    A replay sees numbers that are attributes of modules, and learning rates that aren't tensors, as they were when it
    was recorded, and changes none. So does the batch, but for its tensors. What hangs on any of them goes another way
    than without a recorder, as it would if a GPU replayed it.
    """

    def __init__(self, model: nn.Module | None = None, optimizers: Iterable[Optimizer] = ()) -> None:
        """Without ``model``, nothing but the batch is kept as it was."""
        self.modules = list(model.modules()) if model else []
        self.optimizers = list(optimizers)

    def warm_up(self, work: Callable[[], T]) -> T:
        """Do ``work``."""
        return work()

    def record(self, work: Callable[[], T]) -> Callable[[], T]:
        """The result does ``work`` as of now."""
        recorded = self._state()

        def replay() -> T:
            current = self._state()
            self._put(recorded)
            result = work()
            self._put(current)
            return result

        return replay

    def forget(self) -> None:
        """Nothing is kept here."""

    def _places(self) -> list[dict[str, Any]]:
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        return [*(vars(module) for module in self.modules), *groups]

    def _state(self) -> list[dict[str, Any]]:
        return [{k: value for k, value in place.items() if isinstance(value, PLAIN)} for place in self._places()]

    def _put(self, state: list[dict[str, Any]]) -> None:
        for place, values in zip(self._places(), state, strict=True):
            place.update(values)
