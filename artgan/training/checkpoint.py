"""Checkpoints: one safetensors file each, all tensors in it and the rest as JSON in its header. Never pickle.

Tensors are named ``networks/…`` (as trained), ``average/…`` (the moving average, where it differs) and
``optimizers/<number>/<parameter>/<name>``.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from artgan.errors import ArtganError
from artgan.files import clear_errors, replacing

FORMAT = "1"


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint after ``step`` steps is kept."""
    return folder / f"step-{step:08d}.safetensors"


def save(
    path: Path,
    model: nn.Module,
    average: nn.Module,
    averaged: tuple[str, ...],
    optimizers: list[torch.optim.Optimizer],
    progress: dict[str, Any],
) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: the file.
        model: the networks as trained.
        average: the same, with the moving averages of the networks named ``averaged``.
        optimizers: in the order of the phases that introduced them.
        progress: JSON values: step, images, seconds.

    Raises:
        ArtganError: if it can't be written (full disk, permissions).
    """
    tensors = {f"networks/{name}": tensor for name, tensor in model.state_dict().items()}
    for network in averaged:
        for name, tensor in getattr(average, network).state_dict().items():
            tensors[f"average/{network}.{name}"] = tensor
    groups, scalars = [], {}
    for number, optimizer in enumerate(optimizers):
        state = optimizer.state_dict()
        groups.append(state["param_groups"])
        for parameter, values in state["state"].items():
            for name, value in values.items():
                key = f"optimizers/{number}/{parameter}/{name}"
                if isinstance(value, Tensor):
                    tensors[key] = value
                else:
                    scalars[key] = value
    header = {
        "format": FORMAT,
        "progress": json.dumps(progress),
        "groups": json.dumps(groups),
        "scalars": json.dumps(scalars),
    }
    # clone(): two names may share memory (tied weights), which safetensors refuses.
    flat = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    with clear_errors(path):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            try:
                save_file(flat, temporary, metadata=header)
            except SafetensorError as error:
                raise OSError(f"{error}") from error


def load_progress(path: Path) -> dict[str, Any]:
    """Step, images and seconds of a checkpoint. Raises :class:`ArtganError` if it is unusable."""
    with _opened(path) as file:
        progress: dict[str, Any] = json.loads(file.metadata()["progress"])
        return progress


def load_for_sampling(path: Path, model: nn.Module) -> None:
    """Put the networks of a checkpoint into ``model``, moving averages where there are some.

    Raises:
        ArtganError: if the file is truncated, of another version, or of other networks than ``model`` has.
    """
    with _opened(path) as file:
        names = set(file.keys())
        state = {}
        for name in names:
            if name.startswith("networks/"):
                plain = name.removeprefix("networks/")
                better = f"average/{plain}"
                state[plain] = file.get_tensor(better if better in names else name)
        _load_into(model, state, path)


def load_for_training(
    path: Path, model: nn.Module, average: nn.Module, optimizers: list[torch.optim.Optimizer]
) -> dict[str, Any]:
    """Put everything of a checkpoint back in place and return its progress. Raises :class:`ArtganError`."""
    with _opened(path) as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    networks = {n.removeprefix("networks/"): t for n, t in tensors.items() if n.startswith("networks/")}
    averages = {n.removeprefix("average/"): t for n, t in tensors.items() if n.startswith("average/")}
    _load_into(model, networks, path)
    _load_into(average, {**networks, **averages}, path)
    states: list[dict[int, dict[str, Any]]] = [{} for _ in optimizers]
    kept = {n: t for n, t in tensors.items() if n.startswith("optimizers/")} | json.loads(header["scalars"])
    try:
        for key, value in kept.items():
            _, number, parameter, name = key.split("/", 3)
            states[int(number)].setdefault(int(parameter), {})[name] = value
        for optimizer, state, groups in zip(optimizers, states, json.loads(header["groups"]), strict=True):
            optimizer.load_state_dict({"state": state, "param_groups": groups})
            _match_layout(optimizer)
    except (ValueError, IndexError, KeyError) as error:
        raise ArtganError(f"{path} holds the optimisers of another model: {error}.") from error
    progress: dict[str, Any] = json.loads(header["progress"])
    return progress


def _match_layout(optimizer: torch.optim.Optimizer) -> None:
    """Lay moments out in memory as their parameters are: fused kernels walk both side by side."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                state[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _load_into(module: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        expected = module.state_dict()
        odd = sorted(state.keys() ^ expected.keys()) or [n for n in expected if expected[n].shape != state[n].shape]
        raise ArtganError(
            f"{path} was made by another version of its model: {len(odd)} of its tensors don't fit, such as {odd[0]}. "
            "Install the version that made it (`artgan runs RUN` names it)."
        ) from error


def _opened(path: Path) -> Any:
    try:
        file = safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise ArtganError(
            f"{path} is damaged or no checkpoint ({error}). An earlier one may be whole: see --checkpoint."
        ) from error
    found = (file.metadata() or {}).get("format")
    if found != FORMAT:
        raise ArtganError(f"{path} has checkpoint format {found}, this version of artgan reads {FORMAT}.")
    return file
