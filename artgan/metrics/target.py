"""Resolve the target of an evaluation, and the real images to compare it with."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artgan import build
from artgan.config import TrainConfig, make_config
from artgan.data.resolve import require_pictures
from artgan.errors import UserError
from artgan.gallery.exhibit import Exhibit
from artgan.metrics import samples
from artgan.metrics.report import Target
from artgan.runs.find import find_folder
from artgan.runs.folder import RunFolder
from artgan.runs.record import RECORD
from artgan.util import paths

Place = str | os.PathLike[str] | None


def find_target(
    what: Any,
    against: dict[str, Any] | None,
    *,
    checkpoint: str | int | Path | None,
    labels: Sequence[int] | None,
    runs_dir: Place,
    data_dir: Place,
    gallery_dir: Place,
) -> Target:
    """Resolve ``what`` to a target.

    Args:
        what: a run, an exhibit, the name or path of one, a folder of images, or images; None: the latest run.
        against: ``data`` and ``data_options`` of the real images; None: those of the run.
        checkpoint: checkpoint of the run.
        labels: labels of the images, if ``what`` is images.
        runs_dir: see :mod:`artgan.util.paths`.
        data_dir: likewise.
        gallery_dir: likewise.

    Raises:
        UserError: if there is nothing of that name, or the real images are unknown.
    """
    found = what if isinstance(what, (RunFolder, Exhibit)) else _find(what, runs_dir, gallery_dir)
    if checkpoint is not None and not isinstance(found, RunFolder):
        raise UserError("--checkpoint only applies to runs.")
    if isinstance(found, RunFolder):
        dataset, data = _real_images(against, found, data_dir, _side(found.image_info().shape))
        return Target(dataset, data, run=found, checkpoint=found.checkpoint(checkpoint), folder=found.path)
    if isinstance(found, Exhibit):
        image = found.record["image"]
        side = _side((image["channels"], image["height"], image["width"]))
        dataset, data = _real_images(against, _run_of(found, runs_dir), data_dir, side)
        return Target(dataset, data, files=samples.exhibit_files(found), folder=found.path)
    dataset, data = _real_images(against, None, data_dir, None)
    if isinstance(found, Path):
        return Target(dataset, data, files=samples.folder_files(found))
    return Target(dataset, data, images=found, labels=labels)


def _find(what: Any, runs_dir: Place, gallery_dir: Place) -> RunFolder | Exhibit | Path | Any:
    if what is None:
        return find_folder(None, runs_dir)
    if not isinstance(what, (str, os.PathLike)):
        return what
    text = os.fspath(what)
    for folder in (paths.runs_dir(runs_dir) / text, Path(text)):
        if (folder / RECORD).is_file():
            return RunFolder(folder)
    for folder in (paths.gallery_dir(gallery_dir) / text, Path(text)):
        if samples.is_exhibit(folder):
            return Exhibit.open(folder)
    if Path(text).expanduser().is_dir():
        return Path(text).expanduser()
    if os.sep in text:
        raise UserError(f"No run, exhibit or folder {text}.")
    return find_folder(text, runs_dir)


def _run_of(exhibit: Exhibit, runs_dir: Place) -> RunFolder | None:
    folder = paths.runs_dir(runs_dir) / exhibit.run
    return RunFolder(folder) if (folder / RECORD).is_file() else None


def _real_images(
    against: dict[str, Any] | None, run: RunFolder | None, data_dir: Place, side: int | None
) -> tuple[Any, str]:
    """Return the data set to compare with, and its name for display."""
    if against is not None:
        config = make_config({**against, "size": side})
        dataset = build.open_dataset(config, paths.data_dir(data_dir))
        if side is not None and build.dataset_class(config.data).native:
            info, _ = build.dataset_class(config.data).native or (None, 0)
            if info is not None and info.height == info.width == side:
                dataset = build.open_dataset(config.with_values(size=None), paths.data_dir(data_dir))
        return dataset, build.data_name(config, dataset.options)
    if run is None:
        raise UserError("Real images to compare with are unknown: name a data set or a folder with --against.")
    config, folder = recorded_data(run, data_dir)
    require_pictures(run.name, config.data, config.data_options, f"artgan evaluate {run.name} --against FOLDER")
    dataset = build.open_dataset(config, folder)
    return dataset, build.data_name(config, dataset.options)


def recorded_data(run: RunFolder, data_dir: Place) -> tuple[TrainConfig, Path]:
    """Return a run's configuration with its data set's resolved options, and the data set's folder."""
    known = run.details
    values = {**known.config.to_json(), "data_options": known.data.options, "options": {}}
    folder = Path(known.data.folder)
    return make_config(values), folder if folder.is_dir() and not data_dir else paths.data_dir(data_dir)


def _side(shape: tuple[int, int, int]) -> int | None:
    """Return the ``--size`` of images of this shape; None if they aren't square."""
    return shape[1] if shape[1] == shape[2] else None
