"""The record of an exhibit and the metadata of its images: how they were made."""

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch

from artgan.models.model import Model
from artgan.plugins.specs import CuratorSpec
from artgan.requests.gallery import ExhibitRequest
from artgan.runs import dependencies
from artgan.runs.folder import RunFolder
from artgan.sampling.provenance import maker


def describe(
    run: RunFolder,
    checkpoint: Path,
    request: ExhibitRequest,
    gallery_dir: Path,
    model: Model,
    curator: CuratorSpec | None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the metadata that all images of an exhibit share, and the record of the exhibit.

    The metadata depends only on the request, so that the same request makes the same files; the record also says when
    and on which machine the exhibit was made.
    """
    source = {**maker(run, checkpoint), "seed": request.seed}
    common = source | {"truncation": request.truncation, "scale": request.scale}
    record = source | {
        "title": request.title,
        "n": request.n,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": request.record(run.name, gallery_dir),
        "image": {"channels": model.data.channels, "height": model.data.height, "width": model.data.width},
        "label_names": list(model.data.label_names) if model.conditional else [],
        "curator": dependencies.origin(curator).to_json() if curator else None,
        "training": {key: value for key, value in run.details.to_json().items() if key in ("plugins", "progress")},
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
