"""The request behind ``artgan export``."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated

from artgan.requests import shared
from artgan.requests.declare import CheckedRequest
from artgan.requests.shared import IMAGES, OUT, TRUNCATION


@dataclass(frozen=True, eq=False, repr=False)
class ExportRequest(CheckedRequest):
    """A generator to write; see :func:`artgan.api.export.export`."""

    run: shared.RunArgument
    out: Annotated[shared.AnyPath, replace(OUT, help="File to write: .pt2 or .onnx")]
    _: KW_ONLY
    checkpoint: shared.Checkpoint = None
    truncation: Annotated[
        float, replace(TRUNCATION, help="Less than 1 trades variety for quality; fixed in the file", panel=IMAGES)
    ] = 1.0
    runs_dir: shared.RunsDir = None
