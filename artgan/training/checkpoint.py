"""Checkpoints: one safetensors file each, all tensors in it and the rest as JSON in its header. Never pickle.

Tensors are named ``networks/…`` (as trained), ``average/…`` (the moving average, where it differs),
``optimizers/<number>/<parameter>/<name>``, and ``meter/<name>`` for what the next line of metrics is the mean of.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from artgan.errors import ArtganError, Damaged
from artgan.files import clear_errors, replacing
from artgan.shapes import NUMBER, fits
from artgan.training import optimizer_state, seal

if TYPE_CHECKING:
    from artgan.training.trainer import Trainer

FORMAT = seal.FORMAT
# The same, but for files without a seal.
OLDER_FORMATS = ("1",)
# More steps, images or seconds than anybody has.
_MOST = 2**53
_PROGRESS = {
    "step!": int,
    "images!": int,
    "seconds!": NUMBER,
    "losses!": {str: NUMBER},
    "recoveries": int,
    "watch": {
        "images": NUMBER,
        "since": {str: int},
        "sheets": [NUMBER],
        "best_variety": NUMBER,
        "evaluations": {str: [[NUMBER]]},
    },
}


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint after ``step`` steps is kept."""
    return folder / f"step-{step:08d}.safetensors"


def save(path: Path, trainer: "Trainer", **more: Any) -> None:
    """Write a checkpoint, whole or not at all; what was there before stays until it was read back and found right.

    Args:
        path: the file.
        trainer: whose networks, averages, optimisers, meter and progress are kept.
        more: JSON values that are kept with the progress.

    Raises:
        ArtganError: if it can't be written (full disk, permissions), or isn't what was written when read back.
    """
    tensors, header = _contents(trainer)
    write(path, tensors, {**header, "progress": json.dumps({**trainer.progress(), **more})})


def write(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Write these tensors and this header as a checkpoint. Raises as :func:`save`."""
    # clone(): two names may share memory (tied weights), which safetensors refuses.
    flat = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    with clear_errors(path):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary:
            try:
                save_file(flat, temporary, metadata={**header, "format": FORMAT, seal.KEY: seal.BLANK})
                seal.seal(temporary)
                _verify(temporary, flat)
            except (SafetensorError, Damaged) as error:
                raise OSError(f"{error}") from error


def _contents(trainer: "Trainer") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name, and the header's entries about optimisers."""
    model, average = trainer.model, trainer.average.model
    tensors = {f"networks/{name}": tensor for name, tensor in model.state_dict().items()}
    for network in model.averaged:
        for name, tensor in getattr(average, network).state_dict().items():
            tensors[f"average/{network}.{name}"] = tensor
    groups, scalars = [], {}
    for number, optimizer in enumerate(trainer.optimizers):
        state = optimizer.state_dict()
        groups.append(optimizer_state.plain_groups(state["param_groups"]))
        for parameter, values in state["state"].items():
            for name, value in values.items():
                key = f"optimizers/{number}/{parameter}/{name}"
                if isinstance(value, Tensor):
                    tensors[key] = value
                else:
                    scalars[key] = value
    tensors |= {f"meter/{name}": tensor for name, tensor in trainer.meter.kept().items()}
    return tensors, {"groups": json.dumps(groups), "scalars": json.dumps(scalars)}


def _verify(path: Path, tensors: dict[str, Tensor]) -> None:
    """Raises :class:`Damaged` unless the file holds these tensors, to the bit."""
    seal.check(path)
    with safe_open(path, framework="pt") as file:
        for name, tensor in tensors.items():
            if not torch.equal(_bytes(file.get_tensor(name)), _bytes(tensor)):
                raise Damaged(path, f"{name} reads back as something else")


def _bytes(tensor: Tensor) -> Tensor:
    """Numbers that are none (NaN) equal themselves as bytes."""
    return tensor.reshape(-1).view(torch.uint8)


def load_progress(path: Path) -> dict[str, Any]:
    """Step, images and seconds of a checkpoint. Raises :class:`ArtganError` if it is unusable."""
    with _opened(path) as file:
        return _progress(path, file.metadata())


def load_header(path: Path) -> dict[str, str]:
    """What a checkpoint says beside its tensors. Raises :class:`ArtganError` if it is unusable."""
    with _opened(path) as file:
        return dict(file.metadata())


def load_networks(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The networks of a checkpoint as trained and, of those that have one, their moving average; tensors by name.

    Raises:
        ArtganError: if it is damaged or of another version.
    """
    with _opened(path) as file:
        names = list(file.keys())
        found: tuple[dict[str, Tensor], dict[str, Tensor]] = ({}, {})
        for part, tensors in zip(("networks/", "average/"), found, strict=True):
            tensors.update({n.removeprefix(part): file.get_tensor(n) for n in names if n.startswith(part)})
    return found


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


def load_for_training(path: Path, trainer: "Trainer") -> dict[str, Any]:
    """Put everything of a checkpoint back in place, and return its progress with what was kept beside it.

    Raises:
        ArtganError: if the file is damaged, of another version, or of other networks than the trainer's.
    """
    with _opened(path) as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    progress = _progress(path, header)
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        parts.setdefault(part, {})[rest] = tensor
    networks = parts.get("networks", {})
    _load_into(trainer.model, networks, path)
    _load_into(trainer.average.model, {**networks, **parts.get("average", {})}, path)
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


def _progress(path: Path, header: dict[str, str]) -> dict[str, Any]:
    """The progress in a checkpoint's header, seen to be what :func:`save` writes."""
    try:
        progress: dict[str, Any] = json.loads(header["progress"])
        if fits(progress, _PROGRESS) and all(0 <= progress[key] <= _MOST for key in ("step", "images", "seconds")):
            return progress
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Damaged(path, "what it says of its progress is not what artgan writes")


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
    """The file, as it was written. Raises :class:`Damaged`, or :class:`ArtganError` for another format."""
    seal.check(path)
    try:
        file = safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise Damaged(path, f"{error}") from error
    found = (file.metadata() or {}).get("format")
    if found == FORMAT or found in OLDER_FORMATS:
        return file
    if found is not None and found.isdecimal() and int(found) > int(FORMAT):
        raise ArtganError(
            f"{path} has checkpoint format {found}, of a newer artgan; this one reads {FORMAT}. Install the newest."
        )
    raise ArtganError(f"{path} is no checkpoint of artgan's: it has format {found} instead of {FORMAT}.")
