"""The request behind ``artgan recreate``."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated

from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import OUT


@dataclass(frozen=True, eq=False, repr=False)
class RecreateRequest(CheckedRequest):
    """An image to make again; see :func:`artgan.api.recreate.recreate`."""

    image: Annotated[
        shared.AnyPath,
        Option(help="A PNG from an exhibit, or a nearest.png", metavar="IMAGE", typed=str, argument=True),
    ]
    out: Annotated[shared.AnyPath, replace(OUT, help="File to write", metavar="FILE.png")]
    _: KW_ONLY
    device: shared.Device = "auto"
    runs_dir: shared.RunsDir = None
