"""Load the model of a run for sampling."""

import warnings
from pathlib import Path

from torch import nn

from artgan.build import build_model
from artgan.devices import pick_device
from artgan.errors import UserError
from artgan.models.model import Model
from artgan.plugins.loading import PluginWarning
from artgan.runs import dependencies
from artgan.runs.checkpoint_file import load_into, opened
from artgan.runs.folder import RunFolder


def load_model(run: RunFolder, checkpoint: str | int | Path | None = None, device: str = "auto") -> Model:
    """Load the model of ``run`` for sampling: with averaged networks, in evaluation mode, on ``device``.

    Raises:
        UserError: if there is no checkpoint, or the plugin that provided the model is no longer installed.
        ArtganError: if the checkpoint is truncated or has another version.
    """
    path = run.checkpoint(checkpoint)
    parts = dependencies.needed(run.details, to_train=False)
    names = dependencies.locate(run, parts)
    changes = dependencies.changes(run, parts)
    options = {key: names.get(key, value) for key, value in run.details.model.options.items()}
    try:
        model = build_model(names["model"], options, run.image_info())
    except UserError as error:
        raise UserError(f"{run.name} can't be opened with what is installed: {error} {changes}".rstrip()) from None
    if changes:
        warnings.warn(changes, PluginWarning, stacklevel=2)
    load_for_sampling(path, model)
    return model.to(pick_device(device)).eval()


def load_for_sampling(path: Path, model: nn.Module) -> None:
    """Load the networks of a checkpoint into ``model``, with moving averages where they exist.

    Raises:
        ArtganError: if the file is truncated, has another version, or contains networks unlike those of ``model``.
    """
    with opened(path) as file:
        names = set(file.keys())
        state = {}
        for name in names:
            if name.startswith("networks/"):
                plain = name.removeprefix("networks/")
                better = f"average/{plain}"
                state[plain] = file.get_tensor(better if better in names else name)
        load_into(model, state, path)
