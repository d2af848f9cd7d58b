"""The request behind ``artgan gallery``."""

from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import COUNT, IMAGES, SCALE, Report

MAX_IMAGES = 1_000_000
"""The most that can be drawn for one exhibit, candidates included."""

EXHIBIT = "Exhibit"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ExhibitRequest(CheckedRequest):
    """An exhibit of a run that is known already; see :func:`artgan.gallery`."""

    checkpoint: shared.Checkpoint = None
    n: Annotated[int, COUNT] = 64
    seed: shared.Seed = 0
    labels: Annotated[
        shared.Labels,
        replace(shared.LABEL, help="Only images of this label, by name or number; repeat it for several labels"),
    ] = None
    truncation: shared.Truncation = 1.0
    curate: Annotated[
        int | None,
        Option(
            help="Draw K times as many images (4 if no number is given), and keep the best and most varied",
            panel=IMAGES,
            metavar="[K]",
            low=1,
            high=1000,
            bare="4",
        ),
    ] = None
    curator: Annotated[
        str | None,
        Option(
            help="Curator that chooses them; `artgan plugins` lists the curators",
            default_help="balanced",
            panel=IMAGES,
            metavar="NAME",
            complete="curators",
        ),
    ] = None
    name: Annotated[
        str | None,
        Option(
            help="Name of the exhibit's folder",
            default_help="the run and the seed",
            panel=EXHIBIT,
            metavar="NAME",
        ),
    ] = None
    title: Annotated[
        str | None, Option(help="Heading of the page", default_help="the name", panel=EXHIBIT, metavar="TEXT")
    ] = None
    columns: Annotated[
        int | None,
        Option(help="Columns of the contact sheet", default_help="about a square", panel=EXHIBIT, metavar="N", low=1),
    ] = None
    scale: Annotated[int, replace(SCALE, default_help="", panel=EXHIBIT)] = 1
    overwrite: Annotated[
        bool, Option(help="Replace the exhibit of the same name", panel=EXHIBIT, flags=("--overwrite",))
    ] = False
    sign: shared.SignCertificate = None
    sign_key: shared.SignKey = None
    sign_tsa: shared.SignAuthority = None
    device: shared.Device = "auto"
    gallery_dir: shared.GalleryDir = None
    report: Report = shared.ignore_progress

    def __post_init__(self) -> None:
        """Raise :class:`UserError` for numbers out of range, and for more images than one exhibit can have."""
        super().__post_init__()
        drawn = self.n * (self.curate or 1)
        if drawn > MAX_IMAGES:
            raise UserError(
                f"{drawn:,} images are too many for one exhibit: at most {MAX_IMAGES:,} can be drawn. Make several "
                "exhibits with different seeds."
            )

    def record(self, run: str, gallery_dir: Path) -> dict[str, Any]:
        """Return what ``exhibit.json`` keeps of the request."""
        labels = self.labels if self.labels is None or isinstance(self.labels, str) else list(self.labels)
        return {
            "run": run,
            "checkpoint": None if self.checkpoint is None else str(self.checkpoint),
            "seed": self.seed,
            "n": self.n,
            "labels": labels,
            "truncation": self.truncation,
            "columns": self.columns,
            "scale": self.scale,
            "curate": self.curate,
            "curator": self.curator,
            "gallery_dir": str(gallery_dir),
            "name": self.name,
            "title": self.title,
            "overwrite": self.overwrite,
            "device": self.device,
        }


@dataclass(frozen=True, eq=False, repr=False)
class GalleryRequest(ExhibitRequest):
    """The same, with the run; see :func:`artgan.gallery`."""

    run: shared.Run = None
    _: KW_ONLY
    runs_dir: shared.RunsDir = None
