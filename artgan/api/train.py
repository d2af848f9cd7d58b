"""Train a model, or say what a training would do."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from artgan.api.run import Run
from artgan.api.train_request import Place, make_request
from artgan.config import TrainConfig
from artgan.errors import UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec
from artgan.training.events import Broadcast, Listener
from artgan.util import paths

if TYPE_CHECKING:
    from artgan.data.dataset import Dataset, ImageInfo


def train(
    *,
    listeners: Iterable[Listener] = (),
    config_file: Place = None,
    name: str | None = None,
    runs_dir: Place = None,
    data_dir: Place = None,
    gallery_dir: Place = None,
    **values: Any,
) -> Run:
    """Train a model, and make an exhibit of 64 images at the end.

    Args:
        listeners: called with every event of :mod:`artgan.training.events`.
        config_file: a TOML file with any of the arguments; what is given here wins.
        name: of the run; model, data set and a number if None.
        runs_dir: where runs are kept; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: where data sets are looked for and downloaded to; None: ``ARTGAN_DATA``, or the cache.
        gallery_dir: where exhibits are hung; None: ``ARTGAN_GALLERY``, or ./gallery.
        values: the fields of :class:`artgan.config.TrainConfig`: ``model="dcgan", data="mnist", time="60s"`` …;
            ``data`` may be the path of a folder of images; ``loss="hinge"`` is short for ``options={"loss": "hinge"}``;
            ``track=["wandb"]`` names trackers, ``track=[]`` none; None stands for the default. ``from_run=`` a run, its
            name or path, begins with that run's weights where names and shapes agree (``from_checkpoint`` says of which
            step; its last), and takes its model, options and data set where no others are given.

    Returns:
        The run: finished, or interrupted by a signal (``run.status``).

    Raises:
        UserError: for whatever the caller can mend: unknown names, values out of range, missing files.
        ArtganError: for a failure while training; the run keeps its last checkpoint.
    """
    given = {"name": name, "runs_dir": runs_dir, "data_dir": data_dir, "gallery_dir": gallery_dir, **values}
    request = make_request(given, config_file)
    from artgan.training import session

    return session.start(request, Broadcast(list(listeners)), Run)


def plan(*, config_file: Place = None, **values: Any) -> dict[str, Any]:
    """What :func:`train` would do with the same arguments: every option resolved, nothing written or downloaded.

    Raises:
        UserError: as :func:`train` does.
    """
    request = make_request(values, config_file)
    from artgan import build
    from artgan.devices import pick_device, pick_precision
    from artgan.training.advice import advise
    from artgan.training.budget import resolve_budget
    from artgan.training.warm_start import inherit_weights, open_parent

    with paths.runs_in(request.runs_dir):
        dataset = build.open_dataset(request.config, request.data_dir)
        info, images = _peek(dataset, request.config)
        config, choices = advise(request.config, dataset)
        kind = build.model_class(config.model)
        options = build.model_options(config.model, config.options)
        batch_size, budget = resolve_budget(config, kind, images)
        model = build.build_model(config.model, config.options, info)
        parents = inherit_weights(model, open_parent(config))
    accelerator = pick_device(config.device)
    return {
        "config": {
            **config.model_dump(),
            "batch_size": batch_size,
            "device": accelerator,
            "precision": pick_precision(config.precision, accelerator),
            "options": options.model_dump(mode="json", context="references"),
            "data_options": dataset.settled().model_dump(mode="json"),
        },
        "choices": [{**asdict(choice), "text": choice.text} for choice in choices],
        "name": request.name,
        "runs_dir": str(request.runs_dir),
        "data_dir": str(request.data_dir),
        "gallery_dir": str(request.gallery_dir),
        "max_steps": budget.max_steps,
        "max_seconds": budget.max_seconds,
        "data": {
            "shape": info.shape,
            "labels": info.label_names,
            "images": images,
            "on_disk": dataset.on_disk(),
        },
        "parameters": build.parameter_counts(model),
        "notices": build.burden(model, config.model),
        "parents": parents,
    }


def _peek(dataset: "Dataset", config: TrainConfig) -> "tuple[ImageInfo, int]":
    """Shape and number of images, without a download."""
    # What reads the user's own files downloads none; asked for them, it says what is wrong with them.
    if dataset.on_disk() or registry().find(DatasetSpec, config.data).path_option:
        dataset.fetch(lambda done, total: None)
        from artgan.training.advice import images_of

        return dataset.info, images_of(dataset)
    if dataset.native is None:
        raise UserError(f"The data set {config.data} isn't on this disk, and nothing is known of it before it is.")
    from artgan.data.dataset import ImageInfo

    info, images = dataset.native
    size = config.size
    return ImageInfo(info.channels, size or info.height, size or info.width, info.label_names), images
