"""The request behind ``artgan data inspect``."""

from dataclasses import KW_ONLY, dataclass
from typing import Annotated

from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import DATA, FILES, Report
from artgan.requests.train import LARGEST, SMALLEST


@dataclass(frozen=True, eq=False, repr=False)
class InspectRequest(CheckedRequest):
    """A data set to look at; see :func:`artgan.api.inspect.inspect`."""

    data: Annotated[
        shared.AnyPath,
        Option(
            help="A folder of images, or the name of a data set",
            metavar="NAME|PATH",
            typed=str,
            complete="data",
            argument=True,
        ),
    ]
    _: KW_ONLY
    size: Annotated[
        int | None,
        Option(
            help="Resize images to this height and width",
            default_help="depends on the images",
            panel=DATA,
            metavar="PIXELS",
            low=SMALLEST,
            high=LARGEST,
        ),
    ] = None
    data_options: shared.DataOptions = None
    strict: shared.Strict = False
    sheet: Annotated[
        shared.AnyPath | bool,
        Option(
            help="Where to write the contact sheet",
            default_help="NAME-inspected.png, here",
            panel=FILES,
            metavar="FILE.png",
            typed=str,
        ),
    ] = True
    data_dir: shared.DataDir = None
    report: Report = shared.ignore_progress
