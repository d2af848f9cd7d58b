"""The training loop. It knows phases, and nothing of what they are."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from artgan.data.batch import Batch
from artgan.data.feed import Feed
from artgan.errors import ArtganError, Diverged
from artgan.models.ema import Average
from artgan.models.model import Model
from artgan.plugins.errors import plugin_call
from artgan.training.budget import Budget
from artgan.training.cuda_graphs import Graphs, Told, can_be_recorded
from artgan.training.engine import Engine
from artgan.training.events import Event, Samples, Step
from artgan.training.interrupts import Interrupts
from artgan.training.meter import Meter
from artgan.training.phases import PreparedPhase, prepare_phases

# Steps whose means make one line of metrics; also how often several processes agree on whether to stop.
WINDOW = 10
# A step event is sent at least this often, for the display's sake.
SECONDS_BETWEEN_EVENTS = 0.5
# Sample sheets in a run whose user didn't say how often, and seconds between its checkpoints.
SHEETS = 24
SECONDS_BETWEEN_CHECKPOINTS = 120


class Trainer:
    """Trains ``model`` on ``feed`` within ``budget``.

    Attributes:
        step, images, seconds: steps done, real images shown and time spent in the loop, over all sessions of the run.
        losses: the latest means by name.
        recoveries: how often it was brought back after it had diverged.
        stopping: whether :meth:`stop` was called.
        ended: whether all was done that comes after the last step, the checkpoint aside.
    """

    def __init__(
        self,
        engine: Engine,
        model: Model,
        feed: Feed,
        budget: Budget,
        *,
        emit: Callable[[Event], None],
        sample: Callable[[], Tensor],
        save: Callable[[], None],
        evaluate: Callable[[], None] | None = None,
        sample_every: int | None = None,
        checkpoint_every: int | None = None,
        evaluate_every: int | None = None,
        young: bool = True,
    ) -> None:
        """``young``: whether the networks begin with nothing that they have learnt in another run."""
        self.engine, self.model, self.feed, self.budget = engine, model, feed, budget
        self.emit, self.sample, self.save, self.evaluate = emit, sample, save, evaluate
        self.sample_every, self.checkpoint_every = sample_every, checkpoint_every
        self.evaluate_every = evaluate_every
        self.average = Average(model, feed.batch_size, young)
        self.phases = prepare_phases(model, engine)
        recorder = engine.recorder() if model.capturable and can_be_recorded(self.optimizers) else None
        self.graphs = Graphs(recorder, self.optimizers) if recorder else None
        self.meter = Meter()
        self.step = self.images = 0
        self.seconds = 0.0
        self.losses: dict[str, float] = {}
        self.recoveries = 0
        self.stopping = self.ended = False
        self._fraction = 0.0

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The optimisers, in the order of the phases that introduced them."""
        unique = {id(optimizer): optimizer for phase in self.phases for optimizer in phase.optimizers}
        return list(unique.values())

    def progress(self) -> dict[str, Any]:
        """What a checkpoint has to remember besides tensors."""
        return {
            "step": self.step,
            "images": self.images,
            "seconds": self.seconds,
            "losses": self.losses,
            "recoveries": self.recoveries,
            "ended": self.ended,
            **self.engine.scaler_state(),
        }

    def restore(self, progress: dict[str, Any]) -> None:
        """Go on where a checkpoint stopped."""
        self.step, self.images, self.seconds = progress["step"], progress["images"], progress["seconds"]
        self.losses = dict(progress["losses"])
        self.recoveries = progress.get("recoveries", 0)
        self.ended = progress.get("ended", True)  # older checkpoints don't say
        self.engine.restore_scaler(progress)
        if self.graphs:
            self.graphs.forget()
        self.meter.clear()

    def run(self, interrupts: Interrupts) -> int | None:
        """Train until the budget is spent or a signal comes to any process; returns the signal, in all of them.

        Raises:
            Diverged: if a loss is no longer finite.
        """
        self.model.train()
        began = time.perf_counter() - self.seconds
        last_event = last_checkpoint = self.seconds
        begun, self.ended = self.ended, False
        first_step, signal = self.step, 0
        fraction = self._agree_on_fraction(first=True)
        frame = self._frame(fraction)
        if self.step == 0:
            self._show_samples()
        while True:
            stop, signal = self._agree_to_stop(interrupts.received or 0, fraction)
            if stop:
                break

            batch = self.feed.batch(self.step)
            batch.fraction = fraction
            with plugin_call():
                self.train_step(batch)
            self.step += 1
            self.images += self.feed.batch_size
            self.average.update(self.step)
            self.seconds = time.perf_counter() - began

            fresh = self._collect() if self.step % WINDOW == 0 else None
            if fresh is not None:
                self.meter.clear()
            fraction = self._agree_on_fraction()
            if fresh is not None or self.seconds - last_event > SECONDS_BETWEEN_EVENTS:
                last_event = self.seconds
                self.emit(Step(self.step, self.images, self.seconds, fraction, fresh))
            if self._sheet_is_due(frame, fraction):
                frame = self._frame(fraction)
                self._show_samples()
            if self.evaluate_every and self.step % self.evaluate_every == 0:
                began += self._evaluate()
            # Last of all: what goes on from a checkpoint has done everything else that was due at its step. At the end
            # there is more to do, and a checkpoint after that.
            if fraction < 1 and (self._checkpoint_is_due(last_checkpoint) or interrupts.take_wish()):
                last_checkpoint = self.seconds
                self.save()
        if signal:
            self.ended = begun and self.step == first_step
            return signal  # whoever sent the signal may not wait for more than a checkpoint
        # What the last steps were is told, and yet kept: a training that goes on tells it as part of a whole window.
        if fresh := self._collect():
            self.emit(Step(self.step, self.images, self.seconds, fraction, fresh))
        if self.step > first_step or not begun:  # else a session before did it
            self._show_samples()
            if self.evaluate_every and self.step % self.evaluate_every:
                self._evaluate()
        self.ended = True
        return None

    def stop(self) -> None:
        """Have the loop end after the step, as a signal does."""
        self.stopping = True

    def require_finite(self) -> None:
        """Raises :class:`Diverged` if weights are no longer finite."""
        if not all(bool(parameter.isfinite().all()) for parameter in self.model.parameters()):
            raise Diverged(f"Training diverged before step {self.step}: weights are no longer finite.")

    def train_step(self, batch: Batch) -> None:
        """Run the phases that are due at ``batch.step``, from a recording where that can be."""
        due = [prepared for prepared in self.phases if not batch.step % prepared.phase.interval]
        if self.graphs:
            self.graphs.make_ready(self.engine.device)
        self.model.before_step(batch)
        variant = self.model.variant(batch) if self.graphs and due else None
        if self.graphs is None or variant is None:
            told = self._run(due, batch)
        else:
            kind = variant, *(prepared.phase.name for prepared in due)
            told = self.graphs.run(kind, batch, lambda recorded: self._run(due, recorded))
        for name, losses in told:
            self.meter.add(name, losses)

    def _run(self, due: list[PreparedPhase], batch: Batch) -> Told:
        told: Told = []
        for prepared in due:
            phase = prepared.phase
            # The gradients of frozen networks would be computed for nothing.
            for parameter in prepared.others:
                parameter.requires_grad_(False)
            for parameter in prepared.parameters:
                parameter.requires_grad_(True)
            for optimizer in prepared.optimizers:
                optimizer.zero_grad(set_to_none=True)
            with self.engine.forward(phase.second_order):
                losses = phase.loss(batch)
            self.engine.backward(losses["loss"])
            self.engine.average_gradients(prepared.parameters)
            for optimizer in prepared.optimizers:
                optimizer.step()
            told.append((phase.name, {name: value.detach() for name, value in losses.items()}))
        return told

    def _evaluate(self) -> float:
        """Measure, and return how many seconds that took: they are none of the loop's, and count against no budget."""
        began = time.perf_counter()
        if self.evaluate:
            self.evaluate()
        self.engine.barrier()
        return time.perf_counter() - began

    def _agree_to_stop(self, signal: int, fraction: float) -> tuple[bool, int]:
        """Whether to stop now, and the signal if it is for one.

        Several processes must stop at the same step, for the same reason. All count steps alike; of time, failures
        and signals they tell each other now and then.
        """
        last = self.step == self.budget.max_steps
        if self.engine.processes > 1:
            if not last and self.step % WINDOW:
                return False, 0
            signal = int(self.engine.largest(signal))
            self.stopping = bool(self.engine.largest(self.stopping))
        return last or signal > 0 or self.stopping or fraction >= 1, signal

    def _agree_on_fraction(self, first: bool = False) -> float:
        """How much of the budget is spent: by one clock, since learning rates may hang on it."""
        own = self.budget.fraction(self.step, self.seconds)
        if self.engine.processes == 1 or not self.budget.max_seconds:
            return own
        if first or self.step % WINDOW == 0:
            self._fraction = self.engine.largest(own)
        return self._fraction

    def _collect(self) -> dict[str, float] | None:
        names, means = self.meter.means()
        if not names:
            return None
        if self.engine.processes > 1:
            means = self.engine.fabric.all_reduce(means, reduce_op="mean")
        found = dict(zip(names, means.tolist(), strict=True))
        broken = [name for name, value in found.items() if value != value or abs(value) == float("inf")]
        if broken:
            raise Diverged(f"Training diverged before step {self.step}: {', '.join(broken)} is no longer finite.")
        self.losses |= found
        return found

    def _show_samples(self) -> None:
        if not self.engine.is_main:
            return
        try:
            images = self.sample()
        except ArtganError:
            self._collect()  # if the training has diverged, that is the better explanation
            self.require_finite()
            raise
        self.emit(Samples(self.step, images))

    def _frame(self, fraction: float) -> int:
        """Number of the sheet that is next: sheets come faster at the start, where more happens."""
        return int(SHEETS * fraction ** (2 / 3) + 1e-9) + 1

    def _sheet_is_due(self, frame: int, fraction: float) -> bool:
        if fraction >= 1:
            return False  # the last sheet is made after the loop
        if self.sample_every:
            return self.step % self.sample_every == 0
        return self._frame(fraction) > frame

    def _checkpoint_is_due(self, last: float) -> bool:
        if self.checkpoint_every:
            return self.step % self.checkpoint_every == 0
        return self.engine.is_main and self.seconds - last > SECONDS_BETWEEN_CHECKPOINTS
