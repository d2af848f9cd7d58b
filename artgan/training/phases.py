"""Prepares a model's phases for the loop: which parameters each updates, and with which optimisers."""

from dataclasses import dataclass

import torch
from torch import nn

from artgan.errors import ArtganError
from artgan.models.model import Model, Phase
from artgan.training.engine import Engine


@dataclass(slots=True)
class PreparedPhase:
    """A phase with the parameters it updates, all other trained parameters, and one optimiser per network."""

    phase: Phase
    parameters: list[nn.Parameter]
    others: list[nn.Parameter]
    optimizers: list[torch.optim.Optimizer]


def prepare_phases(model: Model, engine: Engine) -> list[PreparedPhase]:
    """Return the model's phases with their parameters; a network has one optimiser, however many phases update it.

    Raises:
        ArtganError: if the model's phases are inconsistent.
    """
    model.gradients_are_scaled = engine.precision == "16-mixed"
    prepared: list[PreparedPhase] = []
    known: dict[str, tuple[list[nn.Parameter], torch.optim.Optimizer]] = {}
    for phase in model.phases():
        if phase.interval < 1 or not phase.networks:
            raise ArtganError(f"The phase '{phase.name}' needs networks and an interval of at least 1.")
        for name in phase.networks:
            if name in known:
                continue
            network = getattr(model, name, None)
            if not isinstance(network, nn.Module):
                raise ArtganError(f"The phase '{phase.name}' updates {name}, but the model has no such network.")
            # Parameters that a plugin froze stay frozen.
            parameters = [p for p in network.parameters() if p.requires_grad]
            known[name] = parameters, engine.setup_optimizer(model.optimizer(name, parameters))
        parameters = [p for name in phase.networks for p in known[name][0]]
        prepared.append(PreparedPhase(phase, parameters, [], [known[name][1] for name in phase.networks]))
    if not prepared:
        raise ArtganError("The model has no phases: there is nothing to train.")
    trained = {id(p): p for entry in prepared for p in entry.parameters}
    for entry in prepared:
        own = {id(p) for p in entry.parameters}
        entry.others.extend(p for key, p in trained.items() if key not in own)
    return prepared
