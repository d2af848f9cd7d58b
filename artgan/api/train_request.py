"""From what a user asks for, in arguments and in a file, to a request that is known to make sense."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgan.config import NOBODY, Request, TrainConfig, make_config, read_toml
from artgan.data.resolve import locate_data
from artgan.errors import UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec, LossSpec, MetricSpec, ModelSpec, TrackerSpec
from artgan.runs.record import check_name
from artgan.training import inherit
from artgan.util import paths
from artgan.util.processes import share_cores

PLACES = ("name", "runs_dir", "data_dir", "gallery_dir")
Place = str | os.PathLike[str] | None


def make_request(given: Mapping[str, Any], config_file: Place) -> Request:
    """Arguments over the file's, both over the defaults."""
    share_cores()
    values = {key: value for key, value in given.items() if value is not None}
    if config_file is not None:
        values = _over(read_toml(Path(config_file)), values)
    places = {key: values.pop(key, None) for key in PLACES}
    runs_dir = paths.runs_dir(places["runs_dir"])
    values = inherit.inherit(values, runs_dir)
    loss = values.pop("loss", None)
    config = make_config(locate_data(values))
    registry().find(ModelSpec, config.model)
    registry().find(DatasetSpec, config.data)
    check_trackers(config)
    if config.evaluate_every:
        for metric in config.evaluate_metrics:
            registry().find(MetricSpec, metric)
    if loss is not None:
        config = _with_loss(config, loss)
    check_name(runs_dir, places["name"])
    return Request(
        config,
        places["name"],
        runs_dir,
        paths.data_dir(places["data_dir"]),
        paths.gallery_dir(places["gallery_dir"]),
    )


def _over(from_file: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What is given over what is in a file, option by option."""
    values = {**from_file, **given}
    for table, owner in (("options", "model"), ("data_options", "data")):
        known = from_file.get(table, {})
        if from_file.get(owner, given.get(owner)) != given.get(owner, from_file.get(owner)):
            known = {}  # they are another model's, or another data set's
        elif table == "options":
            known = _wished(known, given, values.get("model"))
        values[table] = {**known, **given.get(table, {})}
    return values


def _wished(options: dict[str, Any], given: Mapping[str, Any], model: str | None) -> dict[str, Any]:
    """A file's options without its loss and what its recipe implies, where ``given`` has another loss or recipe.

    A file that ``--dry-run`` wrote has every option, and most of them are nobody's wish.
    """
    if given.get("loss"):
        options = {key: value for key, value in options.items() if key != "loss"}
    recipe, asked = options.get("recipe"), given.get("options", {}).get("recipe")
    if not recipe or not asked or asked == recipe:
        return options
    from artgan.build import model_class

    kind = model_class(model or make_config({}).model).Options
    usual, whole = kind.model_validate({"recipe": recipe}), kind.model_validate(options)
    return {key: value for key, value in options.items() if getattr(usual, key, None) != getattr(whole, key, None)}


def check_trackers(config: TrainConfig) -> None:
    for name in config.track or ():
        if name != NOBODY:
            registry().find(TrackerSpec, name)


def _with_loss(config: TrainConfig, loss: str) -> TrainConfig:
    """``loss`` as the option of that name, which a model may lack."""
    registry().find(LossSpec, loss)
    if config.options.get("loss", loss) != loss:
        raise UserError(f"--loss {loss} and the option loss={config.options['loss']} exclude each other: give one.")
    from artgan.build import model_class

    if "loss" not in model_class(config.model).Options.model_fields:
        raise UserError(
            f"--loss chooses the loss of a model that leaves it open, and {config.model} has its own: leave it out. "
            f"`artgan models {config.model}` lists the options it has."
        )
    return config.model_copy(update={"options": {**config.options, "loss": loss}})
