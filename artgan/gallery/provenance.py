"""Where images come from: what it takes to make them again, and what they were made on."""

import hashlib
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL
import torch

import artgan
from artgan import checkpoints, origins
from artgan.models.model import Model
from artgan.specs import CuratorSpec

if TYPE_CHECKING:
    from artgan.gallery.make import Request
    from artgan.runs import Run


def describe(
    run: "Run", checkpoint: Path, request: "Request", model: Model, curator: CuratorSpec | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metadata that all images of an exhibit share, and the record of the exhibit.

    The first depends on the request alone, so that the same request makes the same files; the second says when and on
    what machine, too.
    """
    source = {**maker(run, checkpoint), "seed": request.seed}
    common = source | {"truncation": request.truncation, "scale": request.scale}
    record = source | {
        "title": request.title,
        "n": request.n,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": asdict(request),
        "image": {"channels": model.data.channels, "height": model.data.height, "width": model.data.width},
        "label_names": list(model.data.label_names) if model.conditional else [],
        "curator": origins.origin(curator) if curator else None,
        "training": {key: run.record[key] for key in ("plugins", "progress") if key in run.record},
        "on": {
            "platform": platform.platform(),
            "processor": platform.machine(),
            "device": str(next(iter(model.parameters()), torch.empty(0)).device),
            "threads": torch.get_num_threads(),
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
            "pillow": PIL.__version__,
        },
    }
    return common, record


def maker(run: "Run", checkpoint: Path) -> dict[str, Any]:
    """What made a picture: program, model, data set, run and checkpoint."""
    try:
        inside = checkpoint.resolve().relative_to(run.path.resolve()).as_posix()
    except ValueError:
        inside = checkpoint.name
    return {
        "artgan": artgan.__version__,
        "model": str(run.record["config"]["model"]),
        "data": _data_name(run.record),
        "run": run.name,
        "checkpoint": inside,
        "checkpoint_sha256": sha256(checkpoint),
    }


def hold(run: "Run", checkpoint: Path, said: dict[str, Any]) -> None:
    """See to it that the ``checkpoint`` by which a picture says (``said``) to be made stays with the ``run``."""
    if checkpoint.parent.resolve() == (run.path / "checkpoints").resolve():
        checkpoints.hold(checkpoint, str(said["checkpoint_sha256"]))


def sha256(path: Path) -> str:
    """SHA-256 of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _data_name(record: dict[str, Any]) -> str:
    """The data set's name; of a folder of images its last part only, since exhibits are shown around."""
    name = str(record.get("data", {}).get("name") or record["config"]["data"])
    return PurePath(name).name or name
