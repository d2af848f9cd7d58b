"""A few steps of real training on random images, monitored closely."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from artgan.config import make_config
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared
from artgan.models.model import Model, Phase
from artgan.plugins.options import Options
from artgan.testing.expect import calling, expect
from artgan.testing.suite import unchanged_randomness
from artgan.training import checkpoint
from artgan.training.budget import Budget
from artgan.training.cuda_graphs import Graphs, Recorder
from artgan.training.engine import Engine
from artgan.training.trainer import Trainer

M = TypeVar("M", bound=Model)

FEWEST_STEPS, MOST_STEPS = 3, 12
STATISTICS = 256


class TrialTraining(Generic[M]):
    """A model in artgan's own trainer, whose phases and optimisers are monitored.

    Attributes:
        model: the model as it trains.
        trainer: the trainer.
    """

    def __init__(
        self,
        kind: type[M],
        options: Options,
        info: ImageInfo,
        batch_size: int,
        precision: Any = "32-true",
        device: Any = "cpu",
        adapt: Callable[[Model], None] = lambda model: None,
        watched: bool = True,
    ) -> None:
        """Prepare the training. ``adapt`` may change the new model; unless ``watched``, it trains just as in a run.

        Raises :class:`AssertionError` if the phases or the optimisers are invalid.
        """
        self.name = kind.__name__
        torch.manual_seed(0)
        engine = Engine(make_config({"device": device, "precision": precision}))
        with engine.init_module():
            self.model = kind.build(options, info)
        engine.place(self.model)
        phases = self._watched(self.model) if watched else list(self.model.phases())
        feed = Feed(_random_images(info, 3 * batch_size + 1), batch_size, 0, engine.device)
        with calling(f"Preparing the phases of {self.name}"):
            self.trainer = Trainer(engine, self.model, feed, Budget(None, None))
        self.steps = min(max([FEWEST_STEPS, *(phase.interval + 1 for phase in phases)]), MOST_STEPS)
        self._reached: set[int] = set()
        self._given: set[int] = set()
        self._running: tuple[Phase, dict[str, Tensor]] | None = None
        if watched:
            self.trainer.graphs = None  # every step must run in Python to be watched
            self._watch_optimizers()
        self._before = {key: value.clone() for key, value in self.model.state_dict().items()}

    def train(self) -> None:
        """Train for some more steps: enough for each phase to run, and to run without the others.

        The first call covers the whole budget, for what only begins later.
        """
        self.model.train()
        for _ in range(self.steps):
            trainer = self.trainer
            with calling(f"Step {trainer.step} of training {self.name}"):
                batch = trainer.feed.batch(trainer.step)
                batch.fraction = min(trainer.step, self.steps - 1) / self.steps
                trainer.train_step(batch)
                self._check_confined()
                trainer.step += 1
                trainer.average.update(trainer.step)

    def replay(self, recorder: Recorder, warm_ups: int = 1) -> None:
        """Record steps with ``recorder``, and replay them."""
        self.trainer.graphs = Graphs(recorder, self.trainer.optimizers, warm_ups)

    def averaged(self) -> M:
        """Return the model as it samples: with moving averages, in evaluation mode."""
        self.trainer.average.refresh_statistics(0, STATISTICS)
        return cast(M, self.trainer.average.model.eval())

    def save(self, path: Path) -> None:
        """Write a checkpoint as a run does."""
        self.trainer.average.refresh_statistics(0, STATISTICS)
        checkpoint.save(path, self.trainer)

    def load(self, path: Path) -> None:
        """Continue from a checkpoint."""
        checkpoint.load_for_training(path, self.trainer)

    def check_learning(self) -> None:
        """Check, after training, that every network that a phase names got gradients and has changed."""
        trained = {name for prepared in self.trainer.phases for name in prepared.phase.networks}
        used = {id(parameter) for prepared in self.trainer.phases for parameter in prepared.parameters}
        for name in sorted(trained):
            parameters = [(k, p) for k, p in getattr(self.model, name).named_parameters() if id(p) in used]
            if not parameters:  # permanently frozen
                continue
            expect(
                any(id(parameter) in self._reached for _, parameter in parameters),
                f"No gradient reaches the network '{name}' of {self.name}: is it detached from its loss?",
            )
            idle = [key for key, parameter in parameters if id(parameter) not in self._given]
            expect(
                not idle,
                f"No gradient reaches {len(idle)} of the {len(parameters)} parameters of the network '{name}' of "
                f"{self.name}, such as {name}.{idle[0] if idle else ''}: use, freeze or remove them.",
            )
            expect(
                any(not torch.equal(parameter, self._before[f"{name}.{key}"]) for key, parameter in parameters),
                f"The network '{name}' of {self.name} doesn't change while it trains: does its optimiser step?",
            )
        for name, child in self.model.named_children():
            learns = any(p.requires_grad for p in child.parameters())
            expect(
                name in trained or not learns or all(id(p) in used for p in child.parameters()),
                f"No phase of {self.name} updates its network '{name}': name it in a phase's networks, or freeze "
                "it with requires_grad_(False).",
            )

    def _watched(self, model: M) -> list[Phase]:
        """Return the phases with losses that are checked; the model passes these to the trainer."""
        with calling(f"{self.name}.phases()"):
            phases: Iterable[Phase] = list(model.phases())
        for phase in phases:
            expect(
                isinstance(phase, Phase), f"{self.name}.phases() yielded a {type(phase).__name__}, not an artgan.Phase."
            )
            expect(
                isinstance(phase.name, str) and phase.name,
                f"{self.name}: a phase's name is {phase.name!r}, not a string.",
            )
            expect(
                isinstance(phase.networks, tuple),
                f"{self.name}: the networks of the phase '{phase.name}' are {phase.networks!r}, not a tuple of names.",
            )
        names = [phase.name for phase in phases]
        expect(len(set(names)) == len(names), f"{self.name}: two of the phases {', '.join(names)} have the same name.")
        watched = [replace(phase, loss=self._checked(phase, names)) for phase in phases]
        model.phases = lambda: watched  # type: ignore[method-assign]
        return watched

    def _checked(self, phase: Phase, names: list[str]) -> Callable[[Batch], dict[str, Tensor]]:
        what = f"The loss of {self.name}'s phase '{phase.name}'"

        def loss(batch: Batch) -> dict[str, Tensor]:
            self._check_confined()
            self._running = phase, {key: value.detach().clone() for key, value in self.model.named_parameters()}
            with unchanged_randomness(what, may_draw=True), calling(f"{what} (step {batch.step})"):
                found = phase.loss(batch)
            expect(isinstance(found, dict), f"{what} returned a {type(found).__name__}, not a dict of tensors.")
            expect("loss" in found, f"{what} returned {sorted(found)}, without an entry 'loss'.")
            for key, value in found.items():
                expect(isinstance(value, Tensor), f"{what}: entry '{key}' is a {type(value).__name__}, not a tensor.")
                expect(bool(torch.isfinite(value).all()), f"{what}: entry '{key}' isn't finite at step {batch.step}.")
                expect(key not in names, f"{what}: entry '{key}' has the name of a phase, so they would be confused.")
            total = found["loss"]
            expect(total.dim() == 0, f"{what} has shape {tuple(total.shape)}; it should be a scalar: take its mean.")
            expect(total.requires_grad, f"{what} has no gradient: is it computed under torch.no_grad() or detached?")
            return found

        return loss

    def _check_confined(self) -> None:
        """Check that the phase that ran last only changed parameters of the networks that it names."""
        if self._running is None:
            return
        phase, before = self._running
        self._running = None
        own = {id(p) for network in phase.networks for p in getattr(self.model, network).parameters()}
        for name, parameter in self.model.named_parameters():
            expect(
                id(parameter) in own or torch.equal(parameter, before[name]),
                f"The phase '{phase.name}' of {self.name} declares that it updates {', '.join(phase.networks)}, but "
                f"also changes {name}: name that network in the phase, or don't change it.",
            )

    def _watch_optimizers(self) -> None:
        used = {id(p) for prepared in self.trainer.phases for p in prepared.parameters}
        pairs = (zip(p.phase.networks, p.optimizers, strict=True) for p in self.trainer.phases)
        for network, fabrics in dict(pair for of_phase in pairs for pair in of_phase).items():
            optimizer = getattr(fabrics, "optimizer", fabrics)
            what = f"{self.name}.optimizer({network!r})"
            owned = {id(p) for group in optimizer.param_groups for p in group["params"]}
            given = {id(p) for p in getattr(self.model, network).parameters()} & used
            expect(owned >= given, f"{what} omits {len(given - owned)} of the {len(given)} parameters it is given.")
            expect(owned <= given, f"{what} updates {len(owned - given)} parameters that it wasn't given.")
        for optimizer in self.trainer.optimizers:
            getattr(optimizer, "optimizer", optimizer).register_step_pre_hook(self._note_gradients)

    def _note_gradients(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._given.add(id(parameter))
                    if bool((parameter.grad != 0).any()):
                        self._reached.add(id(parameter))


def differing(one: nn.Module, other: nn.Module) -> str | None:
    """Return the name of the first tensor that differs between two modules of the same kind; None if none does."""
    states = one.state_dict(), other.state_dict()
    return next((name for name, tensor in states[0].items() if not torch.equal(tensor, states[1][name])), None)


def _random_images(info: ImageInfo, count: int) -> Prepared:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, info.height, info.width, info.channels), dtype=np.uint8)
    labels = np.arange(count) % info.labels if info.labels else None
    return Prepared(images, labels, info, "", Path())
