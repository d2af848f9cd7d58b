"""What to do with the user's own pictures where they haven't said: size, mirroring, model, augmentation."""

from typing import Any

from artgan.choices import Choice
from artgan.config import TrainConfig
from artgan.data.dataset import Dataset
from artgan.data.pictures import PictureDataset
from artgan.plugins import registry
from artgan.specs import DatasetSpec, ModelSpec
from artgan.training.setup import model_class

# DiffAugment helps clearly up to some ten thousand images (Zhao et al. 2020, table 4: CIFAR with 20 % and 10 %).
FEW_IMAGES = 10_000
AUGMENT = ("color", "translation", "cutout")


def advise(config: TrainConfig, dataset: Dataset) -> tuple[TrainConfig, list[Choice]]:
    """``config`` with what was left open decided, and each decision with its reason.

    Data sets with a shape and a name of their own are trained on as everybody does; this is for those that are made of
    picture files or read the user's. What was given stays.

    Args:
        config: as the user gave it; what wasn't given isn't in its ``model_fields_set``.
        dataset: whose :meth:`~artgan.Dataset.fetch` was called.
    """
    given = config.model_fields_set
    choices = [choice for choice in dataset.choices() if choice.name not in given]
    if not (isinstance(dataset, PictureDataset) or registry().find(DatasetSpec, config.data).path_option):
        return config, [choice for choice in choices if choice.name not in TrainConfig.model_fields]
    update: dict[str, Any] = {
        choice.name: {"true": True, "false": False}.get(choice.value, choice.value)
        for choice in choices
        if choice.name in TrainConfig.model_fields
    }
    size = update.get("size")
    update = {**update, **({"size": int(size)} if size else {})}
    if "model" not in given:
        name, why = best_model(dataset, config.model)
        # Options that it hasn't are meant for the model that is trained by default.
        if why and config.options.keys() <= model_class(name).Options.model_fields.keys():
            choices.append(Choice("--model", "model", name, why))
            update["model"] = name
    options = model_class(update.get("model", config.model)).Options.model_fields
    images = len(dataset)
    if (
        images < FEW_IMAGES
        and "augment" in options
        and not options["augment"].default
        and "augment" not in config.options
    ):
        why = f"{images:,} images are few: a discriminator would learn them by heart"
        choices.append(Choice("-o", "augment", ",".join(AUGMENT), why))
        update["options"] = {**config.options, "augment": AUGMENT}
    return TrainConfig(**{**config.model_dump(include=given), **update}), choices


def best_model(dataset: Dataset, default: str) -> tuple[str, str]:
    """The model whose spec says that it suits these images best, and why; ``default`` if none says anything."""
    info, images = dataset.info, len(dataset)
    found = {
        name: spec.suits
        for name, spec in registry().of(ModelSpec).items()
        if spec.suits and spec.suits.suits(info.shape, info.labels, images)
    }
    if not found:
        return default, ""
    name = max(found, key=lambda name: found[name].score)
    size = f"{info.height}x{info.width}"
    return name, found[name].why.format(images=f"{images:,}", labels=info.labels, size=size)
