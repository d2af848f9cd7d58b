"""Chooses settings that the user left open for their own pictures: size, mirroring, model, augmentation."""

from collections.abc import Iterable
from typing import Any

from artgan.build import data_name, model_class
from artgan.config import LARGEST, SMALLEST, TrainConfig, make_config
from artgan.data import unreadable
from artgan.data.auto_settings import AutoSetting
from artgan.data.dataset import Dataset
from artgan.data.pictures import PictureDataset
from artgan.errors import UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec, ModelSpec, Suits
from artgan.requests.train import SETTINGS
from artgan.util.text import pluralize

# DiffAugment helps clearly up to some ten thousand images (Zhao et al. 2020, table 4: CIFAR with 20 % and 10 %).
FEW_IMAGES = 10_000
AUGMENT = ("color", "translation", "cutout")


def advise(config: TrainConfig, dataset: Dataset) -> tuple[TrainConfig, list[AutoSetting]]:
    """Return ``config`` with open settings chosen, and each choice with its reason.

    Well-known data sets have a shape of their own and are trained on as usual; this is for those that consist of
    picture files, or read the user's. Settings that were given stay.

    Args:
        config: as the user gave it; settings that weren't given aren't in its ``given``.
        dataset: a data set whose :meth:`~artgan.Dataset.fetch` was called.

    Raises:
        UserError: if no picture can be read, or no model makes images of the requested size.
    """
    _require_readable(config, dataset)
    given = config.given
    choices = [choice for choice in dataset.choices() if choice.name not in given]
    if not (isinstance(dataset, PictureDataset) or registry().find(DatasetSpec, config.data).path_option):
        return config, [choice for choice in choices if choice.name not in SETTINGS]
    update: dict[str, Any] = {
        choice.name: {"true": True, "false": False}.get(choice.value, choice.value)
        for choice in choices
        if choice.name in SETTINGS
    }
    size = update.get("size")
    update = {**update, **({"size": int(size)} if size else {})}
    if "model" not in given:
        name, why = best_model(dataset, config.model)
        # Options that this model lacks are meant for the default model.
        if why and config.options.keys() <= model_class(name).Options.model_fields.keys():
            choices.append(AutoSetting("--model", "model", name, why))
            update["model"] = name
    options = model_class(update.get("model", config.model)).Options.model_fields
    images = images_of(dataset)
    if (
        images < FEW_IMAGES
        and "augment" in options
        and not options["augment"].default
        and "augment" not in config.options
    ):
        few = f"only {pluralize(images, 'image')}"
        why = f"{few}: a discriminator would memorise them"
        choices.append(AutoSetting("-o", "augment", ",".join(AUGMENT), why))
        update["options"] = {**config.options, "augment": AUGMENT}
    return make_config({**config.given_values(), **update}), choices


def best_model(dataset: Dataset, default: str) -> tuple[str, str]:
    """Return the model whose spec says that it suits these images best, and why; ``default`` if no spec says anything.

    Raises:
        UserError: if the only suitable models make images of other sizes.
    """
    info, images = dataset.info, images_of(dataset)
    said = {name: spec.suits for name, spec in registry().of(ModelSpec).items() if spec.suits}
    found = {name: suits for name, suits in said.items() if suits.suits(info.shape, info.labels, images)}
    size = f"{info.height}x{info.width}"
    if found:
        name = max(found, key=lambda name: found[name].score)
        return name, found[name].why.format(images=f"{images:,}", labels=info.labels, size=size)
    nearest = _nearest_sizes(said.values(), dataset, images)
    if nearest:
        sizes = " or ".join(f"--size {near}" for near in nearest)
        raise UserError(f"No model suits images of {size}: try {sizes}, or choose one with --model (`artgan models`).")
    return default, ""


def images_of(dataset: Dataset) -> int:
    """Return the number of images to train on, as far as it is known before all are read."""
    return dataset.readable if isinstance(dataset, PictureDataset) else len(dataset)


def _require_readable(config: TrainConfig, dataset: Dataset) -> None:
    """Raise :class:`UserError` if no picture can be read, so that there is nothing to choose by."""
    if isinstance(dataset, PictureDataset) and not dataset.survey.measured:
        damaged = {dataset.pictures[number].name: why for number, why in sorted(dataset.survey.damaged.items())}
        raise unreadable.nothing_readable(data_name(config, dataset.options), damaged)


def _nearest_sizes(said: Iterable[Suits], dataset: Dataset, images: int) -> list[int]:
    """Return the next smaller and the next larger size that suit a model."""
    info, suits = dataset.info, list(said)
    wanted = min(info.height, info.width)
    sizes = [
        size
        for size in range(SMALLEST, LARGEST + 1)
        if any(one.suits((info.channels, size, size), info.labels, images) for one in suits)
    ]
    smaller, larger = [size for size in sizes if size <= wanted], [size for size in sizes if size > wanted]
    return smaller[-1:] + larger[:1]
