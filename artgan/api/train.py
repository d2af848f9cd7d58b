"""Train a model, or plan it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from artgan.api.prepare_job import prepare_job
from artgan.api.run import Run
from artgan.config import TrainConfig
from artgan.errors import UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec
from artgan.requests.declare import takes
from artgan.requests.train import TrainRequest
from artgan.training.events import Broadcast
from artgan.util import paths

if TYPE_CHECKING:
    from artgan.data.dataset import Dataset, ImageInfo


@takes(TrainRequest)
def train(request: TrainRequest) -> Run:
    """Train a model, and make an exhibit of 64 images at the end.

    Takes all settings of :class:`artgan.config.TrainConfig` (``model="dcgan", data="mnist", time="60s"``, …), which are
    those of ``artgan train`` with ``_`` for ``-``. None stands for the default.

    Args:
        data: the name of a data set, or the path of a folder of images.
        options: options of the model; ``loss="hinge"`` is short for ``options={"loss": "hinge"}``.
        data_options: options of the data set.
        track: names of trackers; an empty list for none.
        from_run: a run, its name or its path: training starts with its weights where names and shapes match, and with
            its model, options and data set unless others are given.
        from_checkpoint: checkpoint of that run; None: its last.
        listeners: called with every event of :mod:`artgan.training.events`.
        config_file: a TOML file with any of the settings; those that are given here take precedence.
        name: name of the run; None: model, data set and a number.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: folder that data sets are downloaded to; None: ``ARTGAN_DATA``, or the cache.
        gallery_dir: folder of the exhibits; None: ``ARTGAN_GALLERY``, or ./gallery.

    Returns:
        The run: finished, or interrupted by a signal (``run.status``).

    Raises:
        UserError: for whatever the caller can fix: unknown names, values out of range, missing files.
        ArtganError: for a failure while training; the run keeps its last checkpoint.
    """
    job = prepare_job(request)
    from artgan.training import session

    return session.start(job, Broadcast(list(request.listeners)), Run)


@takes(TrainRequest)
def plan(request: TrainRequest) -> dict[str, Any]:
    """Return what :func:`train` would do if asked the same: every option resolved, nothing written or downloaded.

    Raises:
        UserError: as :func:`train` does.
    """
    job = prepare_job(request)
    from artgan import build
    from artgan.devices import pick_device, pick_precision
    from artgan.training.advice import advise
    from artgan.training.budget import resolve_budget
    from artgan.training.warm_start import inherit_weights, open_parent

    with paths.runs_in(job.runs_dir):
        dataset = build.open_dataset(job.config, job.data_dir)
        info, images = _peek(dataset, job.config)
        config, choices = advise(job.config, dataset)
        kind = build.model_class(config.model)
        options = build.model_options(config.model, config.options)
        batch_size, budget = resolve_budget(config, kind, images)
        model = build.build_model(config.model, config.options, info)
        parents = inherit_weights(model, open_parent(config))
    accelerator = pick_device(config.device)
    return {
        "config": {
            **config.values(),
            "batch_size": batch_size,
            "device": accelerator,
            "precision": pick_precision(config.precision, accelerator),
            "options": options.model_dump(mode="json", context="references"),
            "data_options": dataset.settled().model_dump(mode="json"),
        },
        "choices": [{**asdict(choice), "text": choice.text} for choice in choices],
        "name": job.name,
        "runs_dir": str(job.runs_dir),
        "data_dir": str(job.data_dir),
        "gallery_dir": str(job.gallery_dir),
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
        "parents": [parent.to_json() for parent in parents],
    }


def _peek(dataset: "Dataset", config: TrainConfig) -> "tuple[ImageInfo, int]":
    """Return shape and number of images, without a download."""
    # Data sets that read the user's own files download nothing, and say what is wrong with the files.
    if dataset.on_disk() or registry().find(DatasetSpec, config.data).path_option:
        dataset.fetch(lambda done, total: None)
        from artgan.training.advice import images_of

        return dataset.info, images_of(dataset)
    if dataset.native is None:
        raise UserError(
            f"The data set {config.data} isn't on this disk, and nothing is known about it until it has been "
            "downloaded: start the training without --dry-run."
        )
    from artgan.data.dataset import ImageInfo

    info, images = dataset.native
    size = config.size
    return ImageInfo(info.channels, size or info.height, size or info.width, info.label_names), images
