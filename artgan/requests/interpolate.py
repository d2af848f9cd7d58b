"""The request behind ``artgan interpolate``."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import COUNT, IMAGES, OUT, SCALE, Report

Way = Literal["spherical", "linear"]
MOST_FRAMES = 10_000
VIDEO = "Video"


@dataclass(frozen=True, eq=False, repr=False)
class InterpolateRequest(CheckedRequest):
    """A video from image to image; see :func:`artgan.api.interpolate.interpolate`."""

    run: shared.Run
    out: Annotated[shared.AnyPath, replace(OUT, help="File to write: .webp, .gif or .mp4")]
    _: KW_ONLY
    n: Annotated[int, replace(COUNT, help="Number of images to pass through")] = 8
    seed: shared.Seed = 0
    seeds: shared.Seeds = None
    through: Annotated[
        Sequence[str | Path],
        Option(
            help="Pass through a latent that `artgan project` found: its latent.json or nearest.png (repeatable)",
            panel=IMAGES,
            metavar="FILE",
            flags=("--latent",),
            typed=list[str],
        ),
    ] = ()
    labels: shared.LabelCycle = None
    way: Annotated[Way, Option(help="Follow the arc between latents, or the straight line", panel=VIDEO)] = "spherical"
    frames: Annotated[int, Option(help="Frames from one image to the next", panel=VIDEO, metavar="N", low=1)] = 24
    fps: Annotated[int, Option(help="Frames per second", panel=VIDEO, metavar="N")] = 24
    loop: Annotated[bool, Option(help="Return to the first image, so that the video loops", panel=VIDEO)] = True
    truncation: shared.Truncation = 1.0
    scale: Annotated[int | None, replace(SCALE, default_help="up to about 256 pixels", panel=VIDEO)] = None
    background: str = "white"
    checkpoint: shared.Checkpoint = None
    sign: shared.SignCertificate = None
    sign_key: shared.SignKey = None
    sign_tsa: shared.SignAuthority = None
    device: shared.Device = "auto"
    runs_dir: shared.RunsDir = None
    report: Report = shared.ignore_progress

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for numbers out of range, too few images, or options that exclude each other."""
        super().__post_init__()
        images = len(self.through) if self.through else self.n if self.seeds is None else len(self.seeds)
        if images < 2:
            raise UserError("A video needs at least 2 images: give more with --n, --seeds or --latent.")
        if self.frames * images > MOST_FRAMES:
            raise UserError(f"{self.frames * images:,} frames are too many for one video: at most {MOST_FRAMES:,}.")
        if self.through and (self.seeds is not None or self.labels is not None):
            raise UserError("Latents in files have their own labels: leave out --seeds and --label.")
