"""The request behind ``artgan explore``."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import COUNT, LAYERS, OUT, Report

MOST = 4096
"""Images that fit into one picture."""

STRIPS = "Strips"


@dataclass(frozen=True, eq=False, repr=False)
class ExploreRequest(CheckedRequest):
    """Strips along the main directions of variation; see :func:`artgan.explore`."""

    run: shared.Run
    out: Annotated[shared.AnyPath, replace(OUT, help="File to write: .png, or .webp, .gif or .mp4 for a video")]
    _: KW_ONLY
    directions: Annotated[
        int, Option(help="Number of directions, strongest first", panel=STRIPS, metavar="N", low=1)
    ] = 5
    reach: Annotated[
        float,
        Option(
            help="How far to move each way, in standard deviations",
            panel=STRIPS,
            metavar="D",
            flags=("--range",),
            above=0,
            high=100,
        ),
    ] = 3.0
    steps: Annotated[int, Option(help="Images per strip", panel=STRIPS, metavar="N", low=3)] = 7
    layers: Annotated[
        str | None,
        replace(LAYERS, help="Layers to move, if the model has styles", default_help="all", panel=STRIPS),
    ] = None
    n: Annotated[int, replace(COUNT, help="Number of images to move")] = 1
    seed: shared.Seed = 0
    seeds: shared.Seeds = None
    labels: shared.LabelCycle = None
    truncation: shared.Truncation = 1.0
    scale: shared.Scale = None
    checkpoint: shared.Checkpoint = None
    device: shared.Device = "auto"
    runs_dir: shared.RunsDir = None
    report: Report = shared.ignore_progress

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for numbers out of range, and for more images than fit into one picture."""
        super().__post_init__()
        images = self.n if self.seeds is None else len(self.seeds)
        if images < 1 or self.directions * self.steps * images > MOST:
            raise UserError(
                f"Need at least 1 direction, 3 steps and 1 image, and at most {MOST:,} pictures in all, not "
                f"{self.directions:,} directions, {self.steps:,} steps and {images:,} images."
            )
