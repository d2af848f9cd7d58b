"""The request behind ``artgan evaluate``."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Annotated, Any

from artgan.plugins.extractor_names import DEFAULT_IMAGES, MOST_IMAGES, Features
from artgan.requests import shared
from artgan.requests.declare import CheckedRequest, Option
from artgan.requests.shared import COUNT, DATA, DATA_OPTIONS, EVALUATION, SEED, Place, parse_names

Stage = Callable[[str, int, int | None], None]
"""Called with what is going on, how much of it is done, and of how much."""


def ignore_stage(what: str, done: int, total: int | None) -> None:
    """Do nothing."""


@dataclass(frozen=True, eq=False, repr=False)
class EvaluateRequest(CheckedRequest):
    """The images to evaluate, and how; see :func:`artgan.evaluate`."""

    what: Annotated[
        Any,
        Option(
            help="A run, an exhibit or a folder of images: its name or path",
            default_help="the latest run",
            metavar="RUN|EXHIBIT|FOLDER",
            typed=str,
            complete="runs",
            argument=True,
        ),
    ] = None
    _: KW_ONLY
    against: Annotated[
        Place,
        Option(
            help="Real images to compare with",
            default_help="those that the run was trained on",
            panel=DATA,
            metavar="NAME|FOLDER",
            typed=str,
            complete="data",
        ),
    ] = None
    data_options: Annotated[
        dict[str, Any] | None, replace(DATA_OPTIONS, help="Option of the data set that --against names (repeatable)")
    ] = None
    strict: shared.Strict = False
    checkpoint: shared.Checkpoint = None
    metrics: Annotated[
        Sequence[str] | None,
        Option(
            help="Metrics to compute, separated by commas",
            default_help="all that are installed",
            panel=EVALUATION,
            metavar="NAME,…",
            typed=str,
            parse=parse_names,
            complete="metrics",
        ),
    ] = None
    n: Annotated[int, replace(COUNT, panel=EVALUATION, low=2, high=MOST_IMAGES)] = DEFAULT_IMAGES
    seed: Annotated[int, replace(SEED, help="Random seed of the images that a run makes", panel=EVALUATION)] = 0
    features: Annotated[
        Features,
        Option(
            help="Features to compare images by; auto uses inception for colour images, else a classifier if there "
            "are labels, else random features",
            panel=EVALUATION,
        ),
    ] = "auto"
    copies: Annotated[bool, Option(help="Look for near copies of training images", panel=EVALUATION)] = True
    labels: Any = None
    device: shared.Device = "auto"
    runs_dir: shared.RunsDir = None
    data_dir: shared.DataDir = None
    gallery_dir: shared.GalleryDir = None
    stage: Stage = ignore_stage
