"""The request behind ``artgan project``."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import LABEL, OUT, SCALE, SEED, Report

SEARCH = "Search"


@dataclass(frozen=True, eq=False, repr=False)
class ProjectRequest(CheckedRequest):
    """A search for the latent of an image; see :func:`artgan.project`."""

    image: Annotated[
        shared.AnyPath,
        Option(
            help="Any image file; it is prepared in the same way as the run's data",
            metavar="IMAGE",
            typed=str,
            argument=True,
        ),
    ]
    run: shared.Run = None
    _: KW_ONLY
    out: Annotated[
        shared.Place,
        replace(
            OUT,
            help="Folder to create",
            default_help="IMAGE-projected",
            metavar="DIR",
        ),
    ] = None
    label: Annotated[
        int | str | None,
        replace(
            LABEL,
            help="Label to ask a conditional model for",
            default_help="whichever comes nearest",
            panel=SEARCH,
            typed=str,
        ),
    ] = None
    steps: Annotated[int, Option(help="Optimisation steps", panel=SEARCH, metavar="N", low=0, high=100_000)] = 300
    starts: Annotated[
        int, Option(help="Number of latents to optimise", panel=SEARCH, metavar="N", low=1, high=1024)
    ] = 8
    candidates: Annotated[
        int,
        Option(
            help="Random images to choose the starting points from",
            panel=SEARCH,
            metavar="N",
            low=1,
            high=1_000_000,
        ),
    ] = 512
    seed: Annotated[int, replace(SEED, help="Random seed of these images", panel=SEARCH)] = 0
    truncation: Annotated[float, replace(shared.TRUNCATION, panel=SEARCH)] = 1.0
    scale: Annotated[int, replace(SCALE, help="Enlarge each pixel of nearest.png N times", default_help="")] = 1
    checkpoint: shared.Checkpoint = None
    device: shared.Device = "auto"
    runs_dir: shared.RunsDir = None
    report: Report = shared.ignore_progress

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for numbers out of range, and for fewer candidates than starts."""
        super().__post_init__()
        if self.candidates < self.starts:
            raise UserError(f"--candidates must be at least --starts ({self.starts:,}), not {self.candidates:,}.")
