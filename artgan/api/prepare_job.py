"""From a request to train to a job that is known to make sense."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgan.config import NO_TRACKER, TrainConfig, TrainingJob, make_config, read_toml
from artgan.data.resolve import locate_data
from artgan.errors import UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec, LossSpec, MetricSpec, ModelSpec, TrackerSpec
from artgan.requests.train import TrainRequest
from artgan.runs.record import check_name
from artgan.training import inherit
from artgan.util import paths
from artgan.util.processes import share_cores

PLACES = ("name", "runs_dir", "data_dir", "gallery_dir")


def prepare_job(request: TrainRequest) -> TrainingJob:
    """Merge what was given, the configuration file, the parent run and the defaults, in this order of precedence.

    Raises:
        UserError: for unknown names, values out of range, files that can't be read.
    """
    share_cores()
    places = {key: getattr(request, key) for key in PLACES}
    values, loss = request.settings(), request.loss
    if request.config_file is not None:
        from_file = read_toml(Path(request.config_file))
        places = {key: from_file.pop(key, None) if value is None else value for key, value in places.items()}
        loss_of_file = from_file.pop("loss", None)
        values, loss = _merge(from_file, values, loss), loss or loss_of_file
    runs_dir = paths.runs_dir(places["runs_dir"])
    values = inherit.inherit(values, loss, runs_dir)
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
    return TrainingJob(
        config,
        places["name"],
        runs_dir,
        paths.data_dir(places["data_dir"]),
        paths.gallery_dir(places["gallery_dir"]),
    )


def _merge(from_file: Mapping[str, Any], given: Mapping[str, Any], loss: str | None) -> dict[str, Any]:
    """Return the file's settings with those that were given on top, option by option."""
    values = {**from_file, **given}
    for table, owner in (("options", "model"), ("data_options", "data")):
        known = from_file.get(table, {})
        if from_file.get(owner, given.get(owner)) != given.get(owner, from_file.get(owner)):
            known = {}  # they belong to another model or data set
        elif table == "options":
            known = _without_implied(known, given, loss, values.get("model"))
        values[table] = {**known, **given.get(table, {})}
    return values


def _without_implied(
    options: dict[str, Any], given: Mapping[str, Any], loss: str | None, model: str | None
) -> dict[str, Any]:
    """Return a file's options without those that another loss or recipe, given on top, replaces.

    A file that ``--dry-run`` wrote has every option, and the user chose few of them.
    """
    if loss:
        options = {key: value for key, value in options.items() if key != "loss"}
    recipe, asked = options.get("recipe"), given.get("options", {}).get("recipe")
    if not recipe or not asked or asked == recipe:
        return options
    from artgan.build import model_class

    kind = model_class(model or make_config({}).model).Options
    usual, whole = kind.model_validate({"recipe": recipe}), kind.model_validate(options)
    return {key: value for key, value in options.items() if getattr(usual, key, None) != getattr(whole, key, None)}


def check_trackers(config: TrainConfig) -> None:
    """Raise :class:`UserError` unless all trackers that are named exist."""
    for name in config.track or ():
        if name != NO_TRACKER:
            registry().find(TrackerSpec, name)


def _with_loss(config: TrainConfig, loss: str) -> TrainConfig:
    """Return ``config`` with ``loss`` as the model's option of that name, which a model may lack."""
    registry().find(LossSpec, loss)
    if config.options.get("loss", loss) != loss:
        raise UserError(f"--loss {loss} and the option loss={config.options['loss']} exclude each other: give one.")
    from artgan.build import model_class

    if "loss" not in model_class(config.model).Options.model_fields:
        raise UserError(
            f"{config.model} has a loss of its own: leave out --loss. `artgan models {config.model}` lists its options."
        )
    return config.with_values(options={**config.options, "loss": loss})
