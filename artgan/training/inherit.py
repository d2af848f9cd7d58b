"""Settings that a new run takes from the run that it starts from, unless others are given. Needs no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgan.data.resolve import require_pictures
from artgan.errors import UserError
from artgan.runs import dependencies
from artgan.runs.find import find_folder
from artgan.runs.folder import RunFolder


def inherit(values: Mapping[str, Any], loss: str | None, runs_dir: Path) -> dict[str, Any]:
    """Return the arguments of a training run, with those that ``from_run`` adds.

    - ``from_run`` becomes the run's path, ``from_checkpoint`` that of the checkpoint;
    - without ``model``: its model and options, unless others are given, and, if its images are square, its size;
    - without ``data``: its data set.

    Raises:
        UserError: if there is no such run or checkpoint, or a plugin of it is missing.
    """
    if values.get("from_run") is None:
        if values.get("from_checkpoint") is not None:
            raise UserError("--from-checkpoint selects a checkpoint of the run that --from names: give both.")
        return dict(values)
    which = values["from_run"]
    run = which if isinstance(which, RunFolder) else find_folder(which, runs_dir)
    # A specific file: the parent may train on, and a child that is restarted must find what it started from.
    checkpoint = run.checkpoint(values.get("from_checkpoint"))
    found = {**values, "from_run": str(run.path.absolute()), "from_checkpoint": str(checkpoint.absolute())}
    if "model" not in values:
        found.update(_model(run, values, loss))
        info = run.image_info()
        if info.height == info.width and "data" in values:
            found.setdefault("size", info.height)
    if "data" not in values:
        found = {**_data(run, values), **found}
    return found


def _model(run: RunFolder, values: Mapping[str, Any], loss: str | None) -> dict[str, Any]:
    """Return the model and options of ``run``, only those that its user set, so that another recipe takes effect."""
    names = dependencies.locate(run, dependencies.needed(run.details, to_train=False))
    given = {**values.get("options", {})}
    inherited = {key: names.get(key, value) for key, value in run.details.config.options.items()}
    if loss is not None:
        inherited.pop("loss", None)
    return {"model": names["model"], "options": {**inherited, **given}}


def _data(run: RunFolder, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data set of ``run``, with its options as resolved."""
    names = dependencies.locate(run, ["data"])
    remedy = f"artgan train --from {run.name} --data FOLDER"
    before, known = run.details.config, run.details.data.options
    require_pictures(run.name, names["data"], known, remedy)
    kept = {"size": before.size, "mirror": before.mirror, "balance": before.balance}
    found = {key: value for key, value in kept.items() if value is not None}
    return {**found, "data": names["data"], "data_options": {**known, **values.get("data_options", {})}}
