"""Options that several requests share, each declared once; and how values are typed on the command line."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from artgan.errors import UserError
from artgan.requests.declare import Option

MODEL = "Model and data"
RUN_PANEL = "Run"
DATA = "Data"
DURATION = "Duration"
TRAINING = "Training"
IMAGES = "Images"
EVALUATION = "Evaluation"
HARDWARE = "Hardware"
FILES = "Files"
SIGNING = "Content credentials (C2PA, with the extra sign)"

Place = str | os.PathLike[str] | None
"""A file, a folder or a name; None stands for the default."""

AnyPath = str | os.PathLike[str]
"""A file that must be named."""

Report = Callable[[int, int | None], None]
"""Called with how much is done, and of how much if that is known."""

Labels = Sequence[int | str] | Literal["each"] | None
"""Labels that images take in turn, by name or number, ``"each"`` for all of them; None for random labels."""

LARGEST_SEED = 2**63 - 1


class OpenRun(Protocol):
    """A run that the caller has opened, such as :class:`artgan.Run`."""

    @property
    def path(self) -> Path:
        """The run's folder."""
        ...


NamedRun = OpenRun | AnyPath
"""A run, its name, a unique prefix of the name, or its path."""

RunName = NamedRun | None
"""The same, or None for the latest."""


def ignore_progress(done: int, total: int | None) -> None:
    """Do nothing."""


def parse_seconds(text: str, flag: str = "--time") -> float:
    """Return the seconds in ``"90s"``, ``"10m"``, ``"1h30m"`` or a plain number. Raises :class:`UserError`."""
    parts = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip())
    if not parts or not any(parts.groups()):
        raise UserError(f"'{text}' isn't a duration: use 90s, 10m, 2h or 1h30m.")
    hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return hours * 3600 + minutes * 60 + seconds


def parse_names(text: str, flag: str) -> list[str]:
    """Split ``fid,recall``."""
    return [name.strip() for name in text.split(",") if name.strip()]


def parse_numbers(text: str, flag: str) -> list[int]:
    """Split ``3,14,15`` into numbers. Raises :class:`UserError`."""
    try:
        found = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        found = []
    if not found:
        raise UserError(f"{flag} must be numbers separated by commas, such as 3,14,15, not {text}.")
    return found


def parse_pairs(pairs: Iterable[str], flag: str) -> dict[str, str]:
    """Return ``["width=64", …]`` as a dict. Raises :class:`UserError` for a pair without ``=``."""
    parsed = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UserError(f"{flag} must be key=value, not '{pair}'.")
        parsed[key.strip()] = value.strip()
    return parsed


RUN = Option(
    help="Run to sample from: its name, a unique prefix of it, or its path",
    default_help="the latest",
    panel=RUN_PANEL,
    rank=-1,
    metavar="RUN",
    flags=("--run",),
    typed=str,
    complete="runs",
    eager=True,
)
Run = Annotated[RunName, RUN]
RUN_ARGUMENT = replace(RUN, panel="", metavar="RUN", flags=(), argument=True)
RunArgument = Annotated[RunName, RUN_ARGUMENT]
CHECKPOINT = Option(
    help="Checkpoint to use; best is the best one that was evaluated",
    default_help="the last",
    panel=RUN_PANEL,
    metavar="STEP|FILE|best",
    typed=str,
    complete="checkpoints",
)
Checkpoint = Annotated[str | int | Path | None, CHECKPOINT]
Strict = Annotated[
    bool,
    Option(
        help="Stop at the first image that can't be read instead of skipping it",
        panel=DATA,
        flags=("--strict",),
    ),
]
DATA_OPTIONS = Option(
    help="Option of the data set (repeatable); `artgan datasets NAME` lists them",
    panel=DATA,
    metavar="KEY=VALUE",
    flags=("--data-option",),
    typed=list[str],
    parse=parse_pairs,
)
DataOptions = Annotated[dict[str, Any] | None, DATA_OPTIONS]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    Option(help="Device to compute on; auto uses a GPU if there is one", panel=HARDWARE),
]
RUNS_DIR = Option(
    help="Folder that holds the runs",
    default_help="./runs, or ARTGAN_RUNS",
    panel=FILES,
    metavar="DIR",
    typed=str,
    eager=True,
)
RunsDir = Annotated[Place, RUNS_DIR]
DATA_DIR = Option(
    help="Folder that data sets are downloaded to",
    default_help="the cache folder, or ARTGAN_DATA",
    panel=FILES,
    metavar="DIR",
    typed=str,
)
DataDir = Annotated[Place, DATA_DIR]
GALLERY_DIR = Option(
    help="Folder that exhibits go to",
    default_help="./gallery, or ARTGAN_GALLERY",
    panel=FILES,
    metavar="DIR",
    typed=str,
)
GalleryDir = Annotated[Place, GALLERY_DIR]
SEED = Option(
    help="Random seed: the same seed gives the same images",
    panel=IMAGES,
    metavar="N",
    low=0,
    high=LARGEST_SEED,
)
Seed = Annotated[int, SEED]
SEEDS = Option(
    help="Use the first image of each of these seeds instead",
    panel=IMAGES,
    metavar="N,N,…",
    typed=str,
    parse=parse_numbers,
)
Seeds = Annotated[Sequence[int] | None, SEEDS]
LABEL = Option(
    help="Label to ask for, by name or number; repeat it for several, which images take in turn",
    default_help="random labels",
    panel=IMAGES,
    metavar="LABEL",
    flags=("--label",),
    typed=list[str],
    complete="labels",
)
LabelCycle = Annotated[Labels, LABEL]
TRUNCATION = Option(
    help="Less than 1 trades variety for quality",
    panel=IMAGES,
    metavar="0..1",
    above=0,
    high=1,
)
Truncation = Annotated[float, TRUNCATION]
SCALE = Option(
    help="Enlarge each pixel N times",
    default_help="small images, up to 4 times",
    panel=IMAGES,
    metavar="N",
    low=1,
    high=64,
)
Scale = Annotated[int | None, SCALE]
LAYERS = Option(
    help="Layers whose styles are used: a third of them, or these numbers",
    panel=IMAGES,
    metavar="coarse|middle|fine|N-N",
    complete="layers",
)
COUNT = Option(help="Number of images", panel=IMAGES, metavar="N", flags=("--n", "-n"), low=1)
OUT = Option(help="File to write", panel=FILES, metavar="FILE", flags=("--out", "-o"), typed=str)
SignCertificate = Annotated[
    Place,
    Option(
        help="Sign with this certificate chain (ARTGAN_SIGN_CERT if no file is given)",
        panel=SIGNING,
        metavar="[CHAIN.pem]",
        typed=str,
        bare="",
    ),
]
SignKey = Annotated[
    Place,
    Option(
        help="Private key of the certificate",
        default_help="ARTGAN_SIGN_KEY, or in the same file, or in NAME.key next to it",
        panel=SIGNING,
        metavar="KEY.pem",
        typed=str,
    ),
]
SignAuthority = Annotated[
    str | None,
    Option(
        help="Time-stamping authority; with time stamps, signatures stay valid after the certificate expires",
        default_help="none",
        panel=SIGNING,
        metavar="URL",
    ),
]
