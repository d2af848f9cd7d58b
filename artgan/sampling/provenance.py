"""Provenance of images: what made them, so that they can be made again."""

import hashlib
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from artgan._version import __version__
from artgan.runs import checkpoints

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder
    from artgan.runs.record import RunRecord


def maker(run: "RunFolder", checkpoint: Path) -> dict[str, Any]:
    """Return what made a picture: program, model, data set, run and checkpoint."""
    try:
        inside = checkpoint.resolve().relative_to(run.path.resolve()).as_posix()
    except ValueError:
        inside = checkpoint.name
    return {
        "artgan": __version__,
        "model": run.details.config.model,
        "data": _data_name(run.details),
        "run": run.name,
        "checkpoint": inside,
        "checkpoint_sha256": sha256(checkpoint),
    }


def hold(run: "RunFolder", checkpoint: Path, said: dict[str, Any]) -> None:
    """Keep the ``checkpoint`` that a picture's metadata (``said``) name from being deleted from the ``run``."""
    if checkpoint.parent.resolve() == (run.path / "checkpoints").resolve():
        checkpoints.hold(checkpoint, str(said["checkpoint_sha256"]))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _data_name(record: "RunRecord") -> str:
    """Return the data set's name; for a folder of images only the last part of its path, as exhibits are published."""
    name = record.data.name or record.config.data
    return PurePath(name).name or name
