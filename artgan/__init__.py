"""artgan: train generative adversarial networks on your own images, and hang what they make in a gallery.

Everything a plugin author or a notebook needs is here. Names are loaded when they are first used (PEP 562), so
that ``import artgan`` is instant and imports no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from artgan.hookspecs import hookimpl
from artgan.specs import (
    CommandSpec,
    CuratorSpec,
    DatasetSpec,
    LossSpec,
    MetricSpec,
    ModelSpec,
    Suits,
    TrackerSpec,
)

if TYPE_CHECKING:
    from artgan.api import explore, gallery, mix, project, resume, train
    from artgan.blending import blend
    from artgan.choices import Choice
    from artgan.data.dataset import Dataset, ImageInfo
    from artgan.data.picture_options import PictureOptions
    from artgan.data.pictures import PictureDataset, PictureFile
    from artgan.errors import ArtganError, UserError
    from artgan.evaluation import evaluate
    from artgan.gallery.curator import Curator
    from artgan.metrics.metric import Measured, Metric
    from artgan.model_source import ModelSource
    from artgan.models.gan import GAN, GANOptions
    from artgan.models.losses import AdversarialLoss
    from artgan.models.model import Batch, Model, Phase
    from artgan.models.styles import StyleModel
    from artgan.options import Field, LossName, Options, PositiveInt
    from artgan.runs import Run, find_run, list_runs
    from artgan.training.tracker import Tracker

__version__ = "0.1.0"

_HOME = {
    "AdversarialLoss": "artgan.models.losses",
    "ArtganError": "artgan.errors",
    "Batch": "artgan.models.model",
    "Choice": "artgan.choices",
    "Curator": "artgan.gallery.curator",
    "Dataset": "artgan.data.dataset",
    "Field": "artgan.options",
    "GAN": "artgan.models.gan",
    "GANOptions": "artgan.models.gan",
    "ImageInfo": "artgan.data.dataset",
    "LossName": "artgan.options",
    "Measured": "artgan.metrics.metric",
    "Metric": "artgan.metrics.metric",
    "Model": "artgan.models.model",
    "ModelSource": "artgan.model_source",
    "Options": "artgan.options",
    "Phase": "artgan.models.model",
    "PictureDataset": "artgan.data.pictures",
    "PictureFile": "artgan.data.pictures",
    "PictureOptions": "artgan.data.picture_options",
    "PositiveInt": "artgan.options",
    "Run": "artgan.runs",
    "StyleModel": "artgan.models.styles",
    "Tracker": "artgan.training.tracker",
    "UserError": "artgan.errors",
    "blend": "artgan.blending",
    "evaluate": "artgan.evaluation",
    "explore": "artgan.api",
    "find_run": "artgan.runs",
    "gallery": "artgan.api",
    "list_runs": "artgan.runs",
    "mix": "artgan.api",
    "project": "artgan.api",
    "resume": "artgan.api",
    "train": "artgan.api",
}

__all__ = [
    "GAN",
    "AdversarialLoss",
    "ArtganError",
    "Batch",
    "Choice",
    "CommandSpec",
    "Curator",
    "CuratorSpec",
    "Dataset",
    "DatasetSpec",
    "Field",
    "GANOptions",
    "ImageInfo",
    "LossName",
    "LossSpec",
    "Measured",
    "Metric",
    "MetricSpec",
    "Model",
    "ModelSource",
    "ModelSpec",
    "Options",
    "Phase",
    "PictureDataset",
    "PictureFile",
    "PictureOptions",
    "PositiveInt",
    "Run",
    "StyleModel",
    "Suits",
    "Tracker",
    "TrackerSpec",
    "UserError",
    "__version__",
    "blend",
    "evaluate",
    "explore",
    "find_run",
    "gallery",
    "hookimpl",
    "list_runs",
    "mix",
    "project",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
