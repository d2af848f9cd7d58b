"""Save a trainer's state to a checkpoint, and restore it; :mod:`artgan.runs.checkpoint_file` is the file format."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from artgan.errors import ArtganError, Damaged
from artgan.runs.checkpoint_file import load_into, opened, parse_progress, write
from artgan.training import optimizer_state
from artgan.training.callback import Training

if TYPE_CHECKING:
    from artgan.training.trainer import Trainer


def save(path: Path, training: Training) -> None:
    """Write a checkpoint, completely or not at all; an existing file stays until the new one was read back and matches.

    It holds the networks, averages, optimisers, meter and progress, and the state of the callbacks.

    Raises:
        ArtganError: if it can't be written (full disk, permissions), or differs when read back.
    """
    tensors, header = _contents(training)
    progress = {**training.progress(), **training.callbacks.state()}
    write(path, tensors, {**header, "progress": json.dumps(progress)})


def _contents(training: Training) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return tensors by name, and the header's entries about optimisers."""
    model, average = training.model, training.average.model
    tensors = {f"networks/{name}": tensor for name, tensor in model.state_dict().items()}
    for network in model.averaged:
        for name, tensor in getattr(average, network).state_dict().items():
            tensors[f"average/{network}.{name}"] = tensor
    groups, scalars = [], {}
    for number, optimizer in enumerate(training.optimizers):
        state = optimizer.state_dict()
        groups.append(optimizer_state.plain_groups(state["param_groups"]))
        for parameter, values in state["state"].items():
            for name, value in values.items():
                key = f"optimizers/{number}/{parameter}/{name}"
                if isinstance(value, Tensor):
                    tensors[key] = value
                else:
                    scalars[key] = value
    tensors |= {f"meter/{name}": tensor for name, tensor in training.meter.kept().items()}
    return tensors, {"groups": json.dumps(groups), "scalars": json.dumps(scalars)}


def load_for_training(path: Path, trainer: "Trainer") -> dict[str, Any]:
    """Restore everything from a checkpoint but the callbacks' state, which is in the progress that is returned.

    Raises:
        ArtganError: if the file is damaged, has another version, or holds other networks than the trainer's.
    """
    with opened(path) as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    progress = parse_progress(path, header).to_json()
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        parts.setdefault(part, {})[rest] = tensor
    networks = parts.get("networks", {})
    load_into(trainer.model, networks, path)
    load_into(trainer.average.model, {**networks, **parts.get("average", {})}, path)
    optimizers = trainer.optimizers
    states: list[dict[int, dict[str, Any]]] = [{} for _ in optimizers]
    try:
        kept = {**parts.get("optimizers", {}), **_without_part(json.loads(header["scalars"]))}
        for key, value in kept.items():
            number, parameter, name = key.split("/", 2)
            states[int(number)].setdefault(int(parameter), {})[name] = value
        for optimizer, state, groups in zip(optimizers, states, json.loads(header["groups"]), strict=True):
            optimizer_state.restore(optimizer, state, groups)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise ArtganError(f"{path} holds the optimisers of another model: {error}.") from error
    try:
        trainer.restore(progress)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:  # of the loss scaling
        raise Damaged(path, f"what it says of its progress is not what artgan writes ({error})") from error
    trainer.meter.restore(parts.get("meter", {}), trainer.engine.device)
    return progress


def _without_part(scalars: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("optimizers/"): value for name, value in scalars.items()}
