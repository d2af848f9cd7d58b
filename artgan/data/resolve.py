"""From what the user calls the data to the data set that reads it: a name, or a path."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgan.errors import ArtganError, UserError
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec


def locate_data(values: dict[str, Any]) -> dict[str, Any]:
    """``data`` given as a path becomes the data set that reads paths, with that path as its option.

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
        # The run must find its images again from any working folder.
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


def require_there(run: str, data: str, options: Mapping[str, Any], remedy: str) -> None:
    """Raise :class:`UserError`, with a ``remedy``, if a run's pictures are no longer where it found them.

    Args:
        run: its name.
        data: the name of its data set.
        options: of the data set.
        remedy: what to type, with the place as ``FOLDER``.
    """
    spec = registry().of(DatasetSpec).get(data)
    path = options.get(spec.path_option) if spec and spec.path_option else None
    if path and "://" not in path and not Path(path).expanduser().exists():
        raise UserError(f"{run} learnt from {path}, which is no longer there. If it has moved: `{remedy}`.")


def moved(data: str, options: Mapping[str, Any], path: str | os.PathLike[str]) -> dict[str, Any]:
    """A data set's ``options`` for the same pictures at another ``path``.

    Raises:
        UserError: if the data set reads no path, or another one would read this.
    """
    spec = registry().find(DatasetSpec, data)
    if not spec.path_option:
        raise UserError(f"--data says where a run's own pictures are now, and this one's are of {data}: leave it out.")
    if not Path(path).expanduser().exists():
        raise UserError(f"There is nothing at {path}.")
    name = reader(os.fspath(path))
    if registry().find(DatasetSpec, name) is not spec:
        raise UserError(f"{path} is read by the data set {name}, and the run learnt from one of {data}.")
    return {**options, spec.path_option: _absolute(path)}


def reader(path: str) -> str:
    """The name of the data set that reads ``path``: the first that knows its suffix or what it holds, or any folder.

    Raises:
        UserError: if it is a file that no data set reads.
        ArtganError: if no data set reads paths at all.
    """
    readers = {name: spec for name, spec in registry().of(DatasetSpec).items() if spec.path_option}
    if not readers:
        raise ArtganError(f"No installed data set reads folders such as {path}: see `artgan datasets`.")
    place = Path(path).expanduser()
    for name, spec in readers.items():
        if place.name.lower().endswith(spec.path_suffixes) or (spec.path_holds and (place / spec.path_holds).is_file()):
            return name
    if place.is_file():
        suffixes = ", ".join(sorted(suffix for spec in readers.values() for suffix in spec.path_suffixes))
        instead = f"a folder{f' or a file that ends in {suffixes}' if suffixes else ''}"
        raise UserError(f"No data set reads the file {path}; it should be {instead}.")
    return next(
        (name for name, spec in readers.items() if not (spec.path_suffixes or spec.path_holds)), next(iter(readers))
    )


def _absolute(path: Any) -> str:
    text = os.fspath(path)
    # An address, or a pattern of many, is no path here.
    return text if "://" in text else str(Path(text).expanduser().resolve())
