"""The training loop. It runs a model's phases without knowing what they do."""

import time
from typing import Any

import torch

from artgan.data.batch import Batch
from artgan.data.feed import Feed
from artgan.errors import ArtganError, Diverged
from artgan.models.ema import EMA
from artgan.models.model import Model
from artgan.plugins.errors import plugin_call
from artgan.training.budget import Budget
from artgan.training.callback import Callbacks
from artgan.training.cuda_graphs import Graphs, PhaseLosses, can_be_recorded
from artgan.training.engine import Engine
from artgan.training.events import Step
from artgan.training.interrupts import Interrupts
from artgan.training.meter import Meter
from artgan.training.phases import PreparedPhase, prepare_phases
from artgan.training.schedule import Schedule

# Steps averaged in one line of metrics; also how often several processes agree on whether to stop.
WINDOW = 10
# A step event is sent at least this often, to keep displays current.
SECONDS_BETWEEN_EVENTS = 0.5


class Trainer:
    """Trains ``model`` on ``feed`` within ``budget``.

    Attributes:
        average: the moving average of the model's networks.
        step, images, seconds: steps done, real images shown and time spent in the loop, over all sessions of the run.
        losses: the latest means by name.
        recoveries: how often training went back to an earlier state after it had diverged.
        ended: whether everything that comes after the last step is done, except for the checkpoint.
    """

    def __init__(
        self,
        engine: Engine,
        model: Model,
        feed: Feed,
        budget: Budget,
        *,
        schedule: Schedule | None = None,
        callbacks: Callbacks | None = None,
        warmup: bool = True,
    ) -> None:
        """Prepare the phases.

        Args:
            engine: launched, with ``model`` placed on its device.
            model: the networks.
            feed: the batches.
            budget: when training ends.
            schedule: when samples, evaluations and checkpoints are due.
            callbacks: what receives events and does what is due.
            warmup: whether the moving average has to warm up, as it does unless the weights come from another run.
        """
        self.engine, self.model, self.feed, self.budget = engine, model, feed, budget
        self.schedule, self.callbacks = schedule or Schedule(), callbacks or Callbacks()
        self.average = EMA(model, feed.batch_size, warmup)
        self.phases = prepare_phases(model, engine)
        recorder = engine.recorder() if model.capturable and can_be_recorded(self.optimizers) else None
        self.graphs = Graphs(recorder, self.optimizers) if recorder else None
        self.meter = Meter()
        self.step = self.images = 0
        self.seconds = 0.0
        self.losses: dict[str, float] = {}
        self.recoveries = 0
        self.ended = False
        self._stopping = False
        self._fraction = 0.0
        self.callbacks.prepare(self)

    @property
    def stopping(self) -> bool:
        """True once a callback, in this process or another, has asked to stop."""
        return self._stopping or self.callbacks.stop_requested

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The optimisers, in the order of the phases that introduced them."""
        unique = {id(optimizer): optimizer for phase in self.phases for optimizer in phase.optimizers}
        return list(unique.values())

    def progress(self) -> dict[str, Any]:
        """Return what a checkpoint stores besides tensors and the callbacks' state."""
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
        """Continue from a checkpoint's progress."""
        self.step, self.images, self.seconds = progress["step"], progress["images"], progress["seconds"]
        self.losses = dict(progress["losses"])
        self.recoveries = progress.get("recoveries", 0)
        self.ended = progress.get("ended", True)  # older checkpoints don't say
        self.engine.restore_scaler(progress)
        if self.graphs:
            self.graphs.forget()
        self.meter.clear()

    def run(self, interrupts: Interrupts) -> int | None:
        """Train until the budget is spent or any process receives a signal; return the signal, in all of them.

        Raises:
            Diverged: if a loss is no longer finite.
        """
        self.model.train()
        began = time.perf_counter() - self.seconds
        last_event = last_checkpoint = self.seconds
        ended_before, self.ended = self.ended, False
        first_step, signal = self.step, 0
        fraction = self._agree_on_fraction(first=True)
        sheet = self.schedule.next_sheet(fraction)
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
                self.callbacks.emit(Step(self.step, self.images, self.seconds, fraction, fresh))
            if self.schedule.is_sample_due(self.step, fraction, sheet):
                sheet = self.schedule.next_sheet(fraction)
                self._show_samples()
            if self.schedule.is_evaluation_due(self.step):
                began += self._evaluate()
            # Last, so that a resumed training finds everything else done that was due at the checkpoint's step. At the
            # end of the budget there is more to do, and a checkpoint after that.
            checkpoint_due = self.schedule.is_checkpoint_due(self.step, self.seconds - last_checkpoint)
            if fraction < 1 and (checkpoint_due or interrupts.take_checkpoint_request()):
                last_checkpoint = self.seconds
                self.callbacks.save(self, required=False)
        if signal:
            self.ended = ended_before and self.step == first_step
            return signal  # whoever sent the signal may not wait for more than a checkpoint
        # The means of the last steps are sent but not cleared: a continued training logs them as part of a full window.
        if fresh := self._collect():
            self.callbacks.emit(Step(self.step, self.images, self.seconds, fraction, fresh))
        if self.step > first_step or not ended_before:  # else an earlier session did it
            self._show_samples()
            if self.schedule.evaluate_every and not self.schedule.is_evaluation_due(self.step):
                self._evaluate()
        self.ended = True
        return None

    def require_finite(self) -> None:
        """Raise :class:`Diverged` unless all weights are finite."""
        if not all(bool(parameter.isfinite().all()) for parameter in self.model.parameters()):
            raise Diverged(f"Training diverged before step {self.step}: weights are no longer finite.")

    def train_step(self, batch: Batch) -> None:
        """Run the phases that are due at ``batch.step``, replaying a recording where possible."""
        due = [prepared for prepared in self.phases if not batch.step % prepared.phase.interval]
        if self.graphs:
            self.graphs.make_ready(self.engine.device)
        self.model.before_step(batch)
        variant = self.model.variant(batch) if self.graphs and due else None
        if self.graphs is None or variant is None:
            results = self._run(due, batch)
        else:
            kind = variant, *(prepared.phase.name for prepared in due)
            results = self.graphs.run(kind, batch, lambda recorded: self._run(due, recorded))
        for name, losses in results:
            self.meter.add(name, losses)

    def _run(self, due: list[PreparedPhase], batch: Batch) -> PhaseLosses:
        results: PhaseLosses = []
        for prepared in due:
            phase = prepared.phase
            # Don't compute gradients that no optimiser uses.
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
            results.append((phase.name, {name: value.detach() for name, value in losses.items()}))
        return results

    def _evaluate(self) -> float:
        """Evaluate, and return the seconds that took: they don't count as the loop's time or against the budget."""
        began = time.perf_counter()
        self.callbacks.evaluate(self)
        self.engine.barrier()
        return time.perf_counter() - began

    def _agree_to_stop(self, signal: int, fraction: float) -> tuple[bool, int]:
        """Return whether to stop now, and the signal that is the reason, if any.

        Several processes must stop at the same step, for the same reason. All count the same steps; time, failures and
        signals they exchange now and then.
        """
        last = self.step == self.budget.max_steps
        if self.engine.processes > 1:
            if not last and self.step % WINDOW:
                return False, 0
            signal = int(self.engine.largest(signal))
            self._stopping = bool(self.engine.largest(self.stopping))
        # As `stopping`, without the call: this is done at every step.
        stopping = self._stopping or self.callbacks.stop_requested
        return last or signal > 0 or stopping or fraction >= 1, signal

    def _agree_on_fraction(self, first: bool = False) -> float:
        """Return the share of the budget that is spent, by one clock, since learning rates may depend on it."""
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
            means = self.engine.mean(means)
        found = dict(zip(names, means.tolist(), strict=True))
        broken = [name for name, value in found.items() if value != value or abs(value) == float("inf")]
        if broken:
            raise Diverged(f"Training diverged before step {self.step}: {', '.join(broken)} is no longer finite.")
        self.losses |= found
        return found

    def _show_samples(self) -> None:
        try:
            self.callbacks.sample(self)
        except ArtganError:
            self._collect()  # if the training has diverged, that is the better explanation
            self.require_finite()
            raise
