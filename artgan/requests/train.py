"""The request behind ``artgan train``. A new training option is declared here.

An option that a run keeps for good goes into :class:`FixedSettings`, one that `artgan resume` may change into
:class:`ChangeableSettings`. Its name is the same on the command line, in Python, in TOML files and in ``run.json``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from artgan.errors import UserError, unknown
from artgan.plugins.extractor_names import Features
from artgan.plugins.specs import DatasetSpec, MetricSpec, ModelSpec
from artgan.requests import shared
from artgan.requests.declare import Option, Request
from artgan.requests.shared import (
    DURATION,
    EVALUATION,
    FILES,
    HARDWARE,
    MODEL,
    SEED,
    TRAINING,
    Place,
    RunName,
    parse_names,
    parse_pairs,
    parse_seconds,
)

SMALLEST, LARGEST = 4, 1024
"""Heights and widths that can be asked for."""

Listeners = Iterable[Callable[[Any], None]]
"""Called with every event of a training run; see :mod:`artgan.training.events`."""


def default_data() -> str:
    """Return the data set that is used unless another is named."""
    from artgan.plugins.loading import registry

    return registry().default(DatasetSpec)


def default_metrics() -> list[str]:
    """Return the metrics that are computed unless others are named."""
    from artgan.plugins.loading import registry

    return [registry().default(MetricSpec)]


def _default_model() -> str:
    from artgan.plugins.loading import registry

    return registry().default(ModelSpec)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ChangeableSettings(Request):
    """Options that may change when a run is resumed: the budget, and whatever doesn't influence the result."""

    epochs: Annotated[
        float | None,
        Option(
            help="Passes over the data set",
            panel=DURATION,
            metavar="N",
            above=0,
            high=1e15,
            expected="a number greater than 0",
        ),
    ] = None
    steps: Annotated[
        int | None,
        Option(
            help="Training steps, one batch each",
            default_help="depends on the model",
            panel=DURATION,
            metavar="N",
            low=1,
        ),
    ] = None
    time: Annotated[
        float | str | None,
        Option(
            help="Time to spend in the training loop",
            panel=DURATION,
            metavar="90s|10m|2h",
            above=0,
            high=1e15,
            expected="a duration greater than 0, such as 90s, 10m or 2h",
            typed=str,
            parse=parse_seconds,
        ),
    ] = None
    stop_on_collapse: Annotated[
        bool, Option(help="Stop, with exit code 3, as soon as the training has failed", panel=DURATION)
    ] = False
    strict: Annotated[
        bool, Option(help="Stop at the first image that can't be read instead of skipping it", panel=TRAINING)
    ] = False
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        Option(help="Device to train on; auto uses a GPU if there is one", panel=HARDWARE),
    ] = "auto"
    precision: Annotated[
        Literal["auto", "32-true", "bf16-mixed", "16-mixed"],
        Option(
            help="auto (bf16-mixed where the hardware supports it), 32-true, bf16-mixed or 16-mixed",
            panel=HARDWARE,
            metavar="NAME",
        ),
    ] = "auto"
    threads: Annotated[
        int | None,
        Option(
            help="CPU threads per process",
            default_help="all cores",
            panel=HARDWARE,
            metavar="N",
            low=1,
            high=1024,
        ),
    ] = None
    devices: Annotated[
        int, Option(help="GPUs, or CPU processes, per machine", panel=HARDWARE, metavar="N", low=1, high=1024)
    ] = 1
    nodes: Annotated[
        int, Option(help="Machines, started by torchrun or SLURM", panel=HARDWARE, metavar="N", low=1, high=1024)
    ] = 1
    compile: Annotated[bool, Option(help="Use torch.compile", panel=HARDWARE)] = False
    cuda_graphs: Annotated[bool, Option(help="Record steps on a GPU and replay them", panel=HARDWARE)] = True
    gallery: Annotated[bool, Option(help="Make an exhibit of 64 images at the end", panel=FILES)] = True
    track: Annotated[
        Sequence[str] | None,
        Option(
            help="Also log to this tracker (repeatable), or none; `artgan plugins` lists the trackers",
            default_help="those that are always on",
            panel=FILES,
            metavar="NAME",
            typed=list[str],
            complete="trackers",
        ),
    ] = None
    sample_every: Annotated[
        int | None,
        Option(
            help="Steps between sample sheets",
            default_help="24 sheets per run",
            panel=FILES,
            metavar="STEPS",
            low=1,
        ),
    ] = None
    checkpoint_every: Annotated[
        int | None,
        Option(help="Steps between checkpoints", default_help="every two minutes", panel=FILES, metavar="STEPS", low=1),
    ] = None
    keep_checkpoints: Annotated[
        int,
        Option(
            help="Number of recent checkpoints to keep; 0 keeps all",
            panel=FILES,
            metavar="N",
            flags=("--keep-checkpoints", "--keep"),
            low=0,
        ),
    ] = 3
    evaluate_every: Annotated[
        int | None,
        Option(
            help="Evaluate every so many steps, and keep the best checkpoint",
            default_help="never",
            panel=EVALUATION,
            metavar="STEPS",
            low=1,
        ),
    ] = None
    evaluate_metrics: Annotated[
        str | Sequence[str],
        Option(
            help="Metrics to compute; the first one decides which checkpoint is best",
            default_help="fid",
            panel=EVALUATION,
            metavar="NAME,…",
            typed=str,
            parse=parse_names,
            nonempty=True,
            expected="the names of one or more metrics, separated by commas",
            complete="metrics",
        ),
    ] = field(default_factory=default_metrics)
    evaluate_images: Annotated[
        int,
        Option(help="Images to generate for it", panel=EVALUATION, metavar="N", low=2, high=100_000),
    ] = 2000
    evaluate_features: Annotated[
        Features,
        Option(
            help="Features to compare images by: auto, inception, classifier or random",
            panel=EVALUATION,
            metavar="NAME",
        ),
    ] = "auto"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FixedSettings(Request):
    """Options that a run keeps from its start on, because its result depends on them."""

    model: Annotated[
        str,
        Option(
            help="Model to train; `artgan models` lists them",
            default_help="dcgan, or whatever suits your own images",
            panel=MODEL,
            metavar="NAME",
            complete="models",
        ),
    ] = field(default_factory=_default_model)
    data: Annotated[
        shared.AnyPath,
        Option(
            help="Images to train on: a folder, or the name of a data set; `artgan datasets` lists them",
            default_help="glyphs",
            panel=MODEL,
            metavar="NAME|PATH",
            typed=str,
            complete="data",
        ),
    ] = field(default_factory=default_data)
    size: Annotated[
        int | None,
        Option(
            help="Resize images to this height and width",
            default_help="depends on the images",
            panel=MODEL,
            metavar="PIXELS",
            low=SMALLEST,
            high=LARGEST,
        ),
    ] = None
    options: Annotated[
        dict[str, Any],
        Option(
            help="Option of the model (repeatable); `artgan models NAME` lists them",
            panel=MODEL,
            metavar="KEY=VALUE",
            flags=("--option", "-o"),
            typed=list[str],
            parse=parse_pairs,
        ),
    ] = field(default_factory=dict)
    data_options: Annotated[
        dict[str, Any],
        Option(
            help="Option of the data set (repeatable); `artgan datasets NAME` lists them",
            panel=MODEL,
            metavar="KEY=VALUE",
            flags=("--data-option",),
            typed=list[str],
            parse=parse_pairs,
        ),
    ] = field(default_factory=dict)
    from_run: Annotated[
        RunName,
        Option(
            help="Run to start from: its weights where the shapes match; its model and data, unless given",
            rank=1,
            panel=MODEL,
            metavar="RUN",
            flags=("--from",),
            typed=str,
            complete="runs",
        ),
    ] = None
    from_checkpoint: Annotated[
        str | int | Path | None,
        Option(
            help="Checkpoint of that run",
            rank=1,
            default_help="the last",
            panel=MODEL,
            metavar="STEP|FILE|best",
            typed=str,
            complete="checkpoints",
        ),
    ] = None
    batch_size: Annotated[
        int | None,
        Option(
            help="Images per step",
            default_help="depends on the model",
            panel=TRAINING,
            metavar="N",
            low=1,
            high=65536,
        ),
    ] = None
    seed: Annotated[int, replace(SEED, help="Random seed of the whole training", panel=TRAINING)] = 0
    mirror: Annotated[
        bool,
        Option(
            help="Also show images mirrored",
            default_help="for your own images: if left and right look alike",
            panel=TRAINING,
        ),
    ] = False
    balance: Annotated[bool, Option(help="Show every label equally often", panel=TRAINING)] = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrainSettings(ChangeableSettings, FixedSettings):
    """All options of a training run, written as loosely as users may write them."""


SETTINGS = frozenset(setting.name for setting in fields(TrainSettings))
"""Names of all options that the configuration of a run keeps."""

CHANGEABLE = frozenset(setting.name for setting in fields(ChangeableSettings))
"""Names of the options that `artgan resume` takes."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Listening(Request):
    """A request whose training is listened to."""

    listeners: Listeners = ()

    def with_listeners(self, listeners: Listeners) -> Self:
        """Return the same request with these listeners; they don't count as given."""
        made = self.with_values(listeners=listeners)
        object.__setattr__(made, "given", self.given)
        return made


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrainRequest(TrainSettings, Listening):
    """A training run: its settings, and where its files go; see :func:`artgan.train`."""

    loss: Annotated[
        str | None,
        Option(
            help="Adversarial loss, for models that offer a choice: short for -o loss=NAME",
            default_help="depends on the model",
            panel=MODEL,
            metavar="NAME",
            complete="losses",
        ),
    ] = None
    config_file: Annotated[
        Place,
        Option(
            help="File with any of these options; the command line takes precedence",
            panel=MODEL,
            metavar="FILE.toml",
            flags=("--config",),
            typed=str,
        ),
    ] = None
    name: Annotated[
        str | None,
        Option(
            help="Name of the run",
            rank=-1,
            default_help="the model, the data and a number",
            panel=FILES,
            metavar="NAME",
        ),
    ] = None
    runs_dir: shared.RunsDir = None
    data_dir: shared.DataDir = None
    gallery_dir: shared.GalleryDir = None

    @classmethod
    def refuse_unknown(cls, name: str) -> UserError:
        """Return the error for a keyword that isn't an option."""
        return unknown_setting(name)

    def settings(self) -> dict[str, Any]:
        """Return the settings that were given."""
        return {name: getattr(self, name) for name in self.given & SETTINGS}


def unknown_setting(name: str) -> UserError:
    """Return the error for an option that no training has."""
    return unknown("option", name, sorted(SETTINGS), "`artgan train --help` lists them.")
