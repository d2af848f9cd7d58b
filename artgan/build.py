"""From names and options to a data set and a model: what a training is made of, checked before anything starts."""

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

# Larger models take so much memory that one wants to know before the machine begins to swap.
MANY_PARAMETERS = 200_000_000


def model_class(name: str) -> type[Model]:
    """The class of the model ``name``. Raises :class:`UserError` or :class:`ArtganError`."""
    return load_class(registry().find(ModelSpec, name), Model)


def dataset_class(name: str) -> type[Dataset]:
    """The class of the data set ``name``. Raises :class:`UserError` or :class:`ArtganError`."""
    return load_class(registry().find(DatasetSpec, name), Dataset)


def model_options(name: str, values: Mapping[str, Any]) -> Options:
    """The validated options of the model ``name``. Raises :class:`UserError`."""
    return resolve(model_class(name).Options, values, f"model {name}")


def settled(config: TrainConfig) -> TrainConfig:
    """``config`` with the model's options as they were understood: a run that one names is a file from now on."""
    options = model_options(config.model, config.options).model_dump(mode="json")
    return config.with_values(options={key: options[key] for key in config.options})


def build_model(name: str, values: Mapping[str, Any], info: ImageInfo) -> Model:
    """The model ``name`` for images like ``info``.

    Raises:
        UserError: if the name or an option is wrong, the model needs labels and there are none, or it can't be built
            for this shape.
    """
    kind = model_class(name)
    if kind.conditional and not info.labels:
        raise UserError(
            f"The model {name} learns from labels, and these images have none: "
            "choose a data set with labels (`artgan datasets`), sort a folder into sub-folders, or take another model."
        )
    options = model_options(name, values)
    with plugin_errors([registry().find(ModelSpec, name)], lambda: "while it was built"):
        return kind.build(options, info)


def parameter_counts(model: Model) -> dict[str, int]:
    """How many numbers each network of ``model`` learns, by its name."""
    counts = {name: sum(p.numel() for p in child.parameters()) for name, child in model.named_children()}
    return {name: count for name, count in counts.items() if count}


def burden(model: Model, name: str) -> list[str]:
    """What to know before a large model, called ``name``, is trained; nothing of one that isn't large."""
    counts = parameter_counts(model)
    count = sum(counts.values())
    if count <= MANY_PARAMETERS:
        return []
    # Weights, their gradients and Adam's two moments, four bytes each; the average is a copy of the weights.
    needed = 4 * (4 * count + sum(counts.get(network, 0) for network in model.averaged))
    return [
        f"{name} has {count / 1e6:,.0f} million parameters for images of {model.data.height}x{model.data.width}: "
        f"training takes at least {needed / 1e9:,.1f} GB of memory. A smaller --size takes less."
    ]


def open_dataset(config: TrainConfig, data_dir: Path) -> Dataset:
    """The data set of ``config``, nothing read yet. Raises :class:`UserError`."""
    kind = dataset_class(config.data)
    options = resolve(kind.Options, config.data_options, f"data set {config.data}")
    with plugin_errors([registry().find(DatasetSpec, config.data)], lambda: "while it was opened"):
        return kind(options, data_dir, config.size)


def data_name(config: TrainConfig, options: Options) -> str:
    """What to call the images: the data set's name, or the last part of the path of the user's own folder."""
    path_option = registry().find(DatasetSpec, config.data).path_option
    path = getattr(options, path_option, None) if path_option else None
    return Path(path).name or config.data if path else config.data


def plugins(config: TrainConfig, options: Options) -> dict[str, Spec]:
    """What plugins bring to a training, by the part it plays in the run's record (:mod:`artgan.runs.dependencies`)."""
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
