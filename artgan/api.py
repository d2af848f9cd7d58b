"""The library behind the command line: train, resume, exhibit, and make things with what was trained.

What the user may have got wrong is checked before torch is imported, so that a slip of the fingers is told at once.
"""

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan import origins, paths
from artgan.config import Request, TrainConfig, make_config
from artgan.errors import UserError
from artgan.locate import moved, require_there
from artgan.plugins import registry
from artgan.processes import share_cores
from artgan.request import Place, check_trackers, make_request
from artgan.runs import Run, find_run
from artgan.specs import DatasetSpec
from artgan.training.events import Broadcast, Listener, Notice

if TYPE_CHECKING:
    from artgan.data.dataset import Dataset, ImageInfo
    from artgan.gallery.exhibit import Exhibit
    from artgan.gallery.explore import Explored
    from artgan.gallery.mix import Mixed
    from artgan.gallery.project import Projected


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

    return session.start(request, Broadcast(list(listeners)))


def plan(*, config_file: Place = None, **values: Any) -> dict[str, Any]:
    """What :func:`train` would do with the same arguments: every option resolved, nothing written or downloaded.

    Raises:
        UserError: as :func:`train` does.
    """
    request = make_request(values, config_file)
    from artgan.training import setup
    from artgan.training.advice import advise
    from artgan.training.engine import pick_device, pick_precision
    from artgan.training.inheritance import begin, parent_of

    with paths.runs_in(request.runs_dir):
        dataset = setup.open_dataset(request.config, request.data_dir)
        info, images = _peek(dataset, request.config)
        config, choices = advise(request.config, dataset)
        kind = setup.model_class(config.model)
        options = setup.model_options(config.model, config.options)
        batch_size, budget = setup.resolve_budget(config, kind, images)
        model = setup.build_model(config.model, config.options, info)
        parents = begin(model, parent_of(config))
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
        "parameters": setup.parameter_counts(model),
        "notices": setup.burden(model, config.model),
        "parents": parents,
    }


def resume(
    run: "Run | str | os.PathLike[str] | None" = None,
    *,
    checkpoint: str | int | Path | None = None,
    data: Place = None,
    listeners: Iterable[Listener] = (),
    runs_dir: Place = None,
    data_dir: Place = None,
    gallery_dir: Place = None,
    **changes: Any,
) -> Run:
    """Go on with a run where its last checkpoint is, or begin it again if it was stopped before its first.

    Args:
        run: a run, or what :func:`artgan.find_run` takes.
        checkpoint: go on from this one (a step or a file) instead of the last; later ones are renamed to ``left-…``.
        data: where the run's own pictures are now, if they have moved.
        listeners: called with every event.
        runs_dir: where runs are kept; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: where data sets are looked for and downloaded to; None: where it was.
        gallery_dir: where exhibits are hung; None: ``ARTGAN_GALLERY``, or ./gallery.
        changes: a new budget (``epochs``, ``steps``, ``time``, counted from the run's beginning; whichever is given
            replaces the old budget), or another ``device``, ``precision``, ``threads``, ``devices``, ``nodes``,
            ``gallery``, ``track``, ``sample_every``, ``checkpoint_every``, ``keep_checkpoints``, or a way to evaluate.

    Raises:
        UserError: if its budget is spent and no longer one given, or another process trains it.
        ArtganError: if all its checkpoints are damaged.
    """
    share_cores()
    from artgan.training import session

    found = run if isinstance(run, Run) else find_run(run, runs_dir, with_checkpoint=False)
    changes = {key: value for key, value in changes.items() if value is not None}
    if not changes.keys() <= session.CHANGEABLE:
        wrong = sorted(changes.keys() - session.CHANGEABLE)[0]
        raise UserError(f"{wrong} of a run can't be changed: start a new one with `artgan train`.")
    # The options as they were resolved: another version of the plugin may have other defaults.
    parts = origins.needed(found.record, to_train=True)
    names = origins.locate(found, parts)
    before = {
        **found.record["config"],
        "model": names["model"],
        "data": names["data"],
        "options": {key: names.get(key, value) for key, value in found.record["model"]["options"].items()},
        "data_options": found.record["data"]["options"],
    }
    if data is None:
        require_there(found.name, before["data"], before["data_options"], f"artgan resume {found.name} --data FOLDER")
    else:
        before["data_options"] = moved(before["data"], before["data_options"], data)
    if changes.keys() & {"epochs", "steps", "time"}:
        before.update(epochs=None, steps=None, time=None)
    # Where the images were, unless the run has moved to another machine.
    folder = Path(found.record["data"]["folder"])
    config = make_config({**before, **changes})
    check_trackers(config)
    request = Request(
        config,
        found.name,
        found.path.parent,
        folder if folder.is_dir() and not data_dir else paths.data_dir(data_dir),
        paths.gallery_dir(gallery_dir),
    )
    emit = Broadcast(list(listeners))
    changed = origins.changes(found, parts)
    if changed:
        emit(Notice(changed))
    return session.resume(found, request, emit, checkpoint)


def gallery(run: "Run | str | os.PathLike[str] | None" = None, *, runs_dir: Place = None, **request: Any) -> "Exhibit":
    """Make an exhibit of a run (the latest if None); see :func:`artgan.gallery.make.make_exhibit`."""
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    return found.gallery(**request)


def mix(run: "Run | Place", out: str | os.PathLike[str], *, runs_dir: Place = None, **request: Any) -> "Mixed":
    """Mix the styles of images of a run (the latest if None) in a grid; see :func:`artgan.gallery.mix.mix`."""
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    from artgan.gallery import mix as mixing

    return mixing.mix(found, out, **request)


def explore(run: "Run | Place", out: str | os.PathLike[str], *, runs_dir: Place = None, **request: Any) -> "Explored":
    """Show what a run's model (the latest's if None) varies most; see :func:`artgan.gallery.explore.explore`."""
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    from artgan.gallery import explore as exploring

    return exploring.explore(found, out, **request)


def project(
    image: str | os.PathLike[str], run: "Run | Place" = None, *, runs_dir: Place = None, **request: Any
) -> "Projected":
    """Look for the latent of a run (the latest if None) whose image is nearest to a picture.

    See :func:`artgan.gallery.project.project`.
    """
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    from artgan.gallery import project as projecting

    return projecting.project(found, image, **request)


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
