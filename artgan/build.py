"""Build data sets and models from names and options, checked before anything starts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgan.config import TrainConfig
from artgan.data.dataset import Dataset, ImageInfo
from artgan.errors import UserError
from artgan.models.model import Model
from artgan.plugins.errors import plugin_errors
from artgan.plugins.loading import load_class, registry
from artgan.plugins.options import NamesPlugin, Options, PluginName, resolve
from artgan.plugins.specs import DatasetSpec, ModelSpec, Spec

# Larger models use so much memory that users should know before the machine starts to swap.
MANY_PARAMETERS = 200_000_000


def model_class(name: str) -> type[Model]:
    """Return the class of the model ``name``. Raises :class:`UserError` or :class:`ArtganError`."""
    return load_class(registry().find(ModelSpec, name), Model)


def dataset_class(name: str) -> type[Dataset]:
    """Return the class of the data set ``name``. Raises :class:`UserError` or :class:`ArtganError`."""
    return load_class(registry().find(DatasetSpec, name), Dataset)


def model_options(name: str, values: Mapping[str, Any]) -> Options:
    """Return the validated options of the model ``name``. Raises :class:`UserError`."""
    return resolve(model_class(name).Options, values, f"model {name}")


def settled(config: TrainConfig) -> TrainConfig:
    """Return ``config`` with validated model options, in which a run is named by its file."""
    options = model_options(config.model, config.options).model_dump(mode="json")
    return config.with_values(options={key: options[key] for key in config.options})


def build_model(name: str, values: Mapping[str, Any], info: ImageInfo) -> Model:
    """Build the model ``name`` for images like ``info``.

    Raises:
        UserError: if the name or an option is invalid, the model needs labels but there are none, or it can't be built
            for this shape.
    """
    kind = model_class(name)
    if kind.conditional and not info.labels:
        raise UserError(
            f"The model {name} learns from labels, but these images have none: "
            "choose a data set with labels (`artgan datasets`), sort a folder into subfolders, or use another model."
        )
    options = model_options(name, values)
    with plugin_errors([registry().find(ModelSpec, name)], lambda: "while it was built"):
        return kind.build(options, info)


def parameter_counts(model: Model) -> dict[str, int]:
    """Return the number of parameters of each network of ``model``, by name."""
    counts = {name: sum(p.numel() for p in child.parameters()) for name, child in model.named_children()}
    return {name: count for name, count in counts.items() if count}


def burden(model: Model, name: str) -> list[str]:
    """Return warnings about the memory that training a large model takes; none if the model isn't large."""
    counts = parameter_counts(model)
    count = sum(counts.values())
    if count <= MANY_PARAMETERS:
        return []
    # Weights, gradients and Adam's two moments, four bytes each; the average is a copy of the weights.
    needed = 4 * (4 * count + sum(counts.get(network, 0) for network in model.averaged))
    return [
        f"{name} has {count / 1e6:,.0f} million parameters for images of {model.data.height}x{model.data.width}: "
        f"training needs at least {needed / 1e9:,.1f} GB of memory. A smaller --size needs less."
    ]


def open_dataset(config: TrainConfig, data_dir: Path) -> Dataset:
    """Open the data set of ``config`` without reading anything. Raises :class:`UserError`."""
    kind = dataset_class(config.data)
    options = resolve(kind.Options, config.data_options, f"data set {config.data}")
    with plugin_errors([registry().find(DatasetSpec, config.data)], lambda: "while it was opened"):
        return kind(options, data_dir, config.size)


def data_name(config: TrainConfig, options: Options) -> str:
    """Return a name for the images: the data set's, or the last part of the path of the user's own folder."""
    path_option = registry().find(DatasetSpec, config.data).path_option
    path = getattr(options, path_option, None) if path_option else None
    return Path(path).name or config.data if path else config.data


def plugins(config: TrainConfig, options: Options) -> dict[str, Spec]:
    """Return the specs of all plugins a run uses, by their role in its record (:mod:`artgan.runs.dependencies`)."""
    found = registry()
    parts: dict[str, Spec] = {
        "model": found.find(ModelSpec, config.model),
        "data": found.find(DatasetSpec, config.data),
    }
    for name, field in type(options).model_fields.items():
        for rule in field.metadata:
            if isinstance(rule, PluginName):
                parts[name] = found.find(rule.kind, getattr(options, name))
        value = getattr(options, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, NamesPlugin):
                parts[f"{name} {one}"] = one.spec()
    return parts
