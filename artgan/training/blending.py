"""Blends two runs of the same architecture into a new one, layer by layer.

If one network was fine-tuned from the other, their weights can be averaged, which makes pictures in between; and layers
can be swapped, to take form from one and texture from the other (Pinkney and Adler 2020, Resolution Dependent GAN
Interpolation for Controllable Image Synthesis Between Domains, https://arxiv.org/abs/2010.05334).
"""

import copy
import json
import shutil
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from artgan.errors import UserError
from artgan.models.ema import EMA
from artgan.models.latent_model import require_latents
from artgan.models.model import Model
from artgan.requests.blend import BlendRequest
from artgan.runs import checkpoint_file, dependencies
from artgan.runs.entries import BlendRecord, Progress
from artgan.runs.folder import Kind, RunFolder
from artgan.runs.record import Entries
from artgan.sampling.load import load_model
from artgan.training.checkpointer import CHECKPOINT_STATISTICS
from artgan.training.warm_start import ParentCheckpoint
from artgan.util import paths

IMAGES = 2


def blend(one: Kind, other: RunFolder, request: BlendRequest) -> Kind:
    """Create a run whose weights lie between those of two others. See :func:`artgan.blend`.

    Raises:
        UserError: if the architectures differ (the message says how), or the generator's layers have no sizes.
        ArtganError: if a checkpoint is damaged, or the run can't be written.
    """
    weight, coarse, fine, at = request.weight, request.coarse, request.fine, request.at
    checkpoints = request.checkpoints
    first, second = ParentCheckpoint.open(one, checkpoints[0]), ParentCheckpoint.open(other, checkpoints[1])
    _require_same(first, second)
    model = load_model(first.run, checkpoints[0], device="cpu")
    sizes: dict[str, int] = {}
    if request.by_size:
        sizes, at = _split(layer_sizes(model), at, first.run)
    shares = {
        "weight": weight,
        "coarse": weight if coarse is None else coarse,
        "fine": weight if fine is None else fine,
    }

    def share(tensor: str) -> float:
        size = sizes.get(tensor.rpartition(".")[0])
        return weight if size is None or at is None else shares["coarse" if size <= at else "fine"]

    model.load_state_dict(_between(first.networks, second.networks, share))
    average = EMA(model, 1)
    ours, theirs = ({**parent.networks, **parent.average} for parent in (first, second))
    average.model.load_state_dict(_between(ours, theirs, share))
    average.refresh_statistics(first.run.details.config.seed, CHECKPOINT_STATISTICS)
    whole = BlendRecord(**shares, at=at) if request.by_size else BlendRecord(weight=weight)
    record = _entries(first, second, whole)
    stem = f"{first.run.details.config.model.rpartition(':')[2]}-blend"
    made = type(one).create(paths.runs_dir(request.runs_dir), request.name, stem, record)
    try:
        _write(made, first, checkpoints[0], model, average.model)
    except BaseException:
        shutil.rmtree(made.path, ignore_errors=True)
        raise
    return made


def have_met(one: RunFolder, other: RunFolder) -> bool:
    """Return whether one started from the other's weights, or both from a third run's; such runs blend well."""
    known = [{run.name, *(parent.run for parent in run.details.parents)} for run in (one, other)]
    return bool(known[0] & known[1])


def layer_sizes(model: Model) -> dict[str, int]:
    """Return the height in pixels of the feature maps that each layer of the sampling networks makes, by layer name.

    Layers without feature maps (a mapping network, a style, a dense layer) count with the next layer that has some.
    Empty if there is none, as in a perceptron.
    """
    trial = require_latents(copy.deepcopy(model)).eval()
    sizes: dict[str, int] = {}
    waiting: list[str] = []

    def begin(name: str) -> Callable[..., None]:
        return lambda *_: waiting.append(name) if name not in sizes else None

    def end(_: nn.Module, inputs: Any, made: Any) -> None:
        if isinstance(made, Tensor) and made.dim() == 4:
            sizes.update({name: made.shape[2] for name in waiting if name not in sizes})
            waiting.clear()

    for network in model.averaged:
        for name, module in getattr(trial, network).named_modules(prefix=network):
            if any(True for _ in module.parameters(recurse=False)):
                module.register_forward_pre_hook(begin(name))
                module.register_forward_hook(end)
    labels = torch.zeros(IMAGES, dtype=torch.int64) if model.conditional else None
    with torch.no_grad():
        trial.sample(torch.randn(IMAGES, *trial.latent_shape, generator=torch.Generator().manual_seed(0)), labels)
    return sizes


def _split(sizes: dict[str, int], at: int | None, run: RunFolder) -> tuple[dict[str, int], int]:
    """Return the sizes, and the largest that counts as coarse."""
    known = sorted(set(sizes.values()))
    if len(known) < 2:
        raise UserError(
            f"--coarse and --fine select layers by the size of what they make, but those of {run.name} have "
            f"{'all the same size' if known else 'no size'}: use --weight instead."
        )
    at = known[(len(known) - 1) // 2] if at is None else at
    if not known[0] <= at < known[-1]:
        raise UserError(
            f"--at {at} leaves no layers on one side: the sizes of {run.name} are {', '.join(map(str, known))} pixels. "
            f"Choose {known[0]} to {known[-1] - 1}."
        )
    return sizes, at


def _require_same(first: ParentCheckpoint, second: ParentCheckpoint) -> None:
    """Raise :class:`UserError` unless both have the same networks; the message says what differs."""
    theirs, others = first.networks, second.networks
    names = sorted(theirs.keys() ^ others.keys())
    shapes = [n for n in theirs if n in others and theirs[n].shape != others[n].shape]
    if not names and not shapes and first.average.keys() == second.average.keys():
        return
    if shapes:
        here, there = (" x ".join(map(str, one[shapes[0]].shape)) for one in (theirs, others))
        reason = f"{shapes[0]} is {here} in one and {there} in the other"
    else:
        reason = f"only one of them has {names[0]}" if names else "they average different networks"
    raise UserError(
        f"{first.run.name} and {second.run.name} can't be blended: {_subject(first.run)} and {_subject(second.run)} "
        f"have different networks ({reason}). Blend runs of the same architecture, which `artgan train --from` makes."
    )


def _subject(run: RunFolder) -> str:
    info = run.image_info()
    planes = f"{info.channels} channel{'s' if info.channels > 1 else ''}"
    return f"{run.details.config.model} for {info.height}x{info.width} with {planes}"


def _between(one: dict[str, Tensor], other: dict[str, Tensor], share: Callable[[str], float]) -> dict[str, Tensor]:
    """Interpolate from ``one`` to ``other``; integers and tensors that only training uses stay those of ``one``."""
    found = {}
    for name, tensor in one.items():
        kept = not tensor.is_floating_point() or name.startswith("augment.") or "._" in name
        found[name] = tensor if kept else torch.lerp(tensor, other[name], share(name))
    return found


def _entries(first: ParentCheckpoint, second: ParentCheckpoint, shares: BlendRecord) -> Entries:
    """Return what ``run.json`` of the new run holds: of its first parent, all that training and sampling need."""
    known = first.run.details
    return {
        "budget": known.budget,
        "config": known.config.replace(from_run=None, from_checkpoint=None),
        "model": known.model,
        "data": known.data,
        "device": known.device,
        "precision": known.precision,
        "processes": known.processes,
        "versions": known.versions,
        "plugins": dependencies.recorded(known),
        "status": "blended",
        "progress": Progress(),
        "parents": (first.entry(weight=1 - shares.weight), second.entry(weight=shares.weight)),
        "blend": shares,
    }


def _write(made: RunFolder, first: ParentCheckpoint, which: Any, model: Model, average: Model) -> None:
    """Write its only checkpoint, of step 0: the networks, and fresh optimisers with the first parent's settings."""
    tensors = {f"networks/{name}": tensor for name, tensor in model.state_dict().items()}
    for network in model.averaged:
        state = getattr(average, network).state_dict()
        tensors |= {f"average/{network}.{name}": tensor for name, tensor in state.items()}
    groups = checkpoint_file.load_header(first.run.checkpoint(which))["groups"]
    header = {"groups": groups, "scalars": "{}", "progress": json.dumps(made.details.progress.to_json())}
    checkpoint_file.write(checkpoint_file.checkpoint_path(made.path / "checkpoints", 0), tensors, header)
