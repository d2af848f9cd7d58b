"""The request behind ``artgan mix``."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import IMAGES, LAYERS, OUT, SEEDS, Report

MOST = 4096
"""Images that fit into one grid."""


@dataclass(frozen=True, eq=False, repr=False)
class MixRequest(CheckedRequest):
    """A grid of mixed images; see :func:`artgan.mix`."""

    run: shared.Run
    out: Annotated[shared.AnyPath, replace(OUT, help="File to write, a .png")]
    _: KW_ONLY
    rows: Annotated[int, Option(help="Number of images on the left", panel=IMAGES, metavar="N", low=1)] = 4
    columns: Annotated[int, Option(help="Number of images on top", panel=IMAGES, metavar="N", low=1)] = 6
    seed: shared.Seed = 0
    row_seeds: Annotated[
        Sequence[int] | None, replace(SEEDS, help="Put the first image of each of these seeds on the left instead")
    ] = None
    column_seeds: Annotated[
        Sequence[int] | None, replace(SEEDS, help="Put the first image of each of these seeds on top instead")
    ] = None
    layers: Annotated[
        str,
        replace(LAYERS, help="Layers whose styles come from the image on top: a third of them, or these numbers"),
    ] = "coarse"
    labels: shared.LabelCycle = None
    truncation: shared.Truncation = 1.0
    scale: shared.Scale = None
    checkpoint: shared.Checkpoint = None
    device: shared.Device = "auto"
    runs_dir: shared.RunsDir = None
    report: Report = shared.ignore_progress

    @property
    def height(self) -> int:
        """Rows of mixed images."""
        return self.rows if self.row_seeds is None else len(self.row_seeds)

    @property
    def width(self) -> int:
        """Columns of mixed images."""
        return self.columns if self.column_seeds is None else len(self.column_seeds)

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for numbers out of range, and for a grid that is empty or too large."""
        super().__post_init__()
        if min(self.height, self.width) < 1 or self.height * self.width > MOST:
            raise UserError(
                f"Need at least 1 row and 1 column, and at most {MOST:,} images in all, not {self.height:,} rows and "
                f"{self.width:,} columns."
            )
