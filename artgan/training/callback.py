"""Callbacks: parts of a training run that react to its events, do what is due, and keep state in its checkpoints."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

import torch

from artgan.models.ema import EMA
from artgan.models.model import Model
from artgan.training.events import Broadcast, Event, Stage
from artgan.training.meter import Meter


class Training(Protocol):
    """The part of a trainer that callbacks use.

    Attributes:
        model: the networks being trained.
        average: their moving average.
        meter: the losses since the last line of metrics.
        step, images, seconds: steps done, real images shown and time spent in the loop, over all sessions of the run.
        callbacks: all callbacks of the training.
    """

    model: Model
    average: EMA
    meter: Meter
    step: int
    images: int
    seconds: float
    callbacks: "Callbacks"

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The optimisers, in the order in which a checkpoint stores them."""

    def progress(self) -> dict[str, Any]:
        """Return what a checkpoint stores besides tensors and the callbacks' state."""

    def require_finite(self) -> None:
        """Raise :class:`artgan.errors.Diverged` unless all weights are finite."""


class Callback:
    """Base class of callbacks. Each is complete once constructed; override only the methods that you need.

    A callback receives every event, as listeners do: what it raises in :meth:`__call__` turns it off with a notice, and
    training continues. The ``on_…_due`` methods are the training's own duties: what they raise ends it.

    Class attributes:
        name: key of its state in a checkpoint's progress, next to the trainer's own; empty for callbacks without state.
        stage: when it receives an event, relative to other listeners; within a stage, in order of construction.

    Attributes:
        stop_requested: set it to true to stop the training after the current step. It is read after each event and
            after each duty.
    """

    name: ClassVar[str] = ""
    stage: ClassVar[Stage] = Stage.RECORD
    stop_requested: bool = False

    def prepare(self, training: Training) -> None:
        """Get ready before the first step, once the networks and their average exist."""

    def __call__(self, event: Event) -> None:
        """Receive an event."""

    def on_sample_due(self, training: Training) -> None:
        """Draw samples and emit them."""

    def on_evaluation_due(self, training: Training) -> None:
        """Evaluate the averaged networks."""

    def on_checkpoint_due(self, training: Training, required: bool) -> None:
        """Save a checkpoint; unless it is ``required``, training may continue without."""

    def state(self) -> dict[str, Any]:
        """Return the state to store in a checkpoint, as JSON values."""
        return {}

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Continue from ``step`` with the ``state`` of its checkpoint.

        Called once before every session's first step; ``state`` is empty if the checkpoint has none or the training is
        new.
        """


class Callbacks:
    """The callbacks of one training, called in the order in which they are given.

    Attributes:
        stop_requested: whether one of them has asked the training to stop.
    """

    def __init__(self, callbacks: Iterable[Callback] = (), emit: Broadcast | None = None) -> None:
        """Add ``callbacks`` to the listeners of ``emit``; None: there are no others."""
        self._callbacks = tuple(callbacks)
        self._emit = emit or Broadcast([])
        self.stop_requested = False
        for callback in self._callbacks:
            self._emit.add(callback, stage=callback.stage)

    def prepare(self, training: Training) -> None:
        """Call :meth:`Callback.prepare` of all callbacks."""
        for callback in self._callbacks:
            callback.prepare(training)

    def emit(self, event: Event) -> None:
        """Send ``event`` to the callbacks and all other listeners."""
        self._emit(event)
        self._note_requests()

    def sample(self, training: Training) -> None:
        """Call :meth:`Callback.on_sample_due` of all callbacks."""
        for callback in self._callbacks:
            callback.on_sample_due(training)
        self._note_requests()

    def evaluate(self, training: Training) -> None:
        """Call :meth:`Callback.on_evaluation_due` of all callbacks."""
        for callback in self._callbacks:
            callback.on_evaluation_due(training)
        self._note_requests()

    def save(self, training: Training, required: bool) -> None:
        """Call :meth:`Callback.on_checkpoint_due` of all callbacks."""
        for callback in self._callbacks:
            callback.on_checkpoint_due(training, required)
        self._note_requests()

    def state(self) -> dict[str, Any]:
        """Return the state of each callback that has a name, by name."""
        return {callback.name: callback.state() for callback in self._callbacks if callback.name}

    def restore(self, states: Mapping[str, Any], step: int) -> None:
        """Give each callback its own of ``states``, which may hold other entries, too."""
        for callback in self._callbacks:
            callback.restore(states.get(callback.name, {}) if callback.name else {}, step)

    def _note_requests(self) -> None:
        # Here, and not in the loop, which asks at every step.
        self.stop_requested = any(callback.stop_requested for callback in self._callbacks)
