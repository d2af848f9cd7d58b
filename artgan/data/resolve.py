"""Resolve the user's ``--data``, a name or a path, to the data set that reads it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgan.errors import ArtganError, UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec


def locate_data(values: dict[str, Any]) -> dict[str, Any]:
    """Replace ``data``, if it is a path, by the name of the data set that reads it, with the path as its option.

    Args:
        values: options of a run, with ``data`` and perhaps ``data_options``.

    Raises:
        UserError: if it is a file that no data set reads.
        ArtganError: if no data set reads paths at all.
    """
    data = values.get("data")
    if not isinstance(data, (str, os.PathLike)):
        return values
    text = os.fspath(data)
    known = registry().of(DatasetSpec)
    own_path = known[text].path_option if text in known else None
    if own_path and own_path in values.get("data_options", {}):
        # Make it absolute, so that the run finds its images from any working folder.
        return {
            **values,
            "data_options": {**values["data_options"], own_path: _absolute(values["data_options"][own_path])},
        }
    is_path = os.sep in text or text.startswith(("~", ".")) or not isinstance(data, str)
    if text in known or not (is_path or Path(text).exists()):
        return values
    name = reader(text)
    option = known[name].path_option
    assert option is not None
    return {**values, "data": name, "data_options": {**values.get("data_options", {}), option: _absolute(text)}}


def require_pictures(run: str, data: str, options: Mapping[str, Any], remedy: str) -> None:
    """Raise :class:`UserError`, with a ``remedy``, if a run's pictures no longer exist.

    Args:
        run: the run's name.
        data: the name of its data set.
        options: options of the data set.
        remedy: the command to type if they were moved, with ``FOLDER`` for their new place.
    """
    spec = registry().of(DatasetSpec).get(data)
    path = options.get(spec.path_option) if spec and spec.path_option else None
    if path and "://" not in path and not Path(path).expanduser().exists():
        raise UserError(f"{run} was trained on {path}, which no longer exists. If it was moved, use `{remedy}`.")


def moved(data: str, options: Mapping[str, Any], path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a data set's ``options`` for the same pictures at another ``path``.

    Args:
        data: the data set's name.
        options: its options.
        path: the new place of the pictures.

    Raises:
        UserError: if the data set doesn't read paths, or another data set reads this one.
    """
    spec = registry().find(DatasetSpec, data)
    if not spec.path_option:
        raise UserError(
            f"--data gives the new place of a run's own pictures, but this run was trained on {data}: leave it out."
        )
    if not Path(path).expanduser().exists():
        raise UserError(f"{path} doesn't exist.")
    name = reader(os.fspath(path))
    if registry().find(DatasetSpec, name) is not spec:
        raise UserError(
            f"The run was trained on the data set {data}, but {path} is read by {name}: give the path of the same "
            "pictures."
        )
    return {**options, spec.path_option: _absolute(path)}


def reader(path: str) -> str:
    """Return the name of the data set that reads ``path``.

    It is the first one that claims the path's suffix or a file in it, else the first that reads any folder.

    Raises:
        UserError: if it is a file that no data set reads.
        ArtganError: if no data set reads paths at all.
    """
    readers = {name: spec for name, spec in registry().of(DatasetSpec).items() if spec.path_option}
    if not readers:
        raise ArtganError(f"No installed data set reads paths such as {path}: see `artgan datasets`.")
    place = Path(path).expanduser()
    for name, spec in readers.items():
        if place.name.lower().endswith(spec.path_suffixes) or (spec.path_holds and (place / spec.path_holds).is_file()):
            return name
    if place.is_file():
        suffixes = ", ".join(sorted(suffix for spec in readers.values() for suffix in spec.path_suffixes))
        instead = f"a folder{f', or a file that ends in {suffixes}' if suffixes else ''}"
        raise UserError(f"No data set reads the file {path}: use {instead}.")
    return next(
        (name for name, spec in readers.items() if not (spec.path_suffixes or spec.path_holds)), next(iter(readers))
    )


def _absolute(path: Any) -> str:
    text = os.fspath(path)
    # URLs aren't local paths.
    return text if "://" in text else str(Path(text).expanduser().resolve())
