"""The request behind ``artgan blend``."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Annotated

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import FILES, NamedRun

SHARES = "How much of RUN_B"
Checkpoint = str | int | Path | None


@dataclass(frozen=True, eq=False, repr=False)
class BlendRequest(CheckedRequest):
    """Two runs, and how much of each; see :func:`artgan.blend`."""

    one: Annotated[
        NamedRun,
        Option(
            help="A run; the new run gets its data and settings",
            metavar="RUN_A",
            typed=str,
            complete="runs",
            argument=True,
        ),
    ]
    other: Annotated[
        NamedRun,
        Option(help="Another run of the same architecture", metavar="RUN_B", typed=str, complete="runs", argument=True),
    ]
    _: KW_ONLY
    weight: Annotated[float, Option(help="In all layers, from 0 to 1", panel=SHARES, metavar="W", low=0, high=1)] = 0.5
    coarse: Annotated[
        float | None,
        Option(
            help="In the generator's layers up to --at, which decide on form",
            default_help="--weight",
            panel=SHARES,
            metavar="W",
            low=0,
            high=1,
        ),
    ] = None
    fine: Annotated[
        float | None,
        Option(
            help="In the generator's layers above --at, which decide on texture",
            default_help="--weight",
            panel=SHARES,
            metavar="W",
            low=0,
            high=1,
        ),
    ] = None
    at: Annotated[
        int | None,
        Option(
            help="Largest size that counts as coarse",
            default_help="half of the sizes",
            panel=SHARES,
            metavar="PIXELS",
        ),
    ] = None
    checkpoints: tuple[Checkpoint, Checkpoint] = (None, None)
    name: Annotated[
        str | None,
        Option(help="Name of the new run", default_help="the model, blend and a number", panel=FILES, metavar="NAME"),
    ] = None
    runs_dir: shared.RunsDir = None

    @property
    def by_size(self) -> bool:
        """True if layers of different sizes get different weights."""
        return self.coarse is not None or self.fine is not None

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for weights out of range, and for --at without what it splits."""
        super().__post_init__()
        if self.at is not None and not self.by_size:
            raise UserError("--at only matters with --coarse or --fine: --weight treats all layers alike.")
