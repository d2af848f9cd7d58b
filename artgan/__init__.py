"""artgan: train generative adversarial networks on your own images, and hang what they make in a gallery.

Everything a plugin author or a notebook needs is here. Names are loaded when they are first used (PEP 562), so
that ``import artgan`` is instant and imports no torch.
"""

import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from artgan import _moved
from artgan._version import __version__
from artgan.plugins.hookspecs import hookimpl
from artgan.plugins.specs import (
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
    from artgan.api.blend import blend
    from artgan.api.evaluate import evaluate
    from artgan.api.explore import explore
    from artgan.api.gallery import gallery
    from artgan.api.mix import mix
    from artgan.api.model_source import ModelSource
    from artgan.api.project import project
    from artgan.api.resume import resume
    from artgan.api.run import Run, find_run, list_runs
    from artgan.api.train import train
    from artgan.data.auto_settings import AutoSetting
    from artgan.data.batch import Batch
    from artgan.data.dataset import Dataset, ImageInfo
    from artgan.data.picture import PictureFile
    from artgan.data.picture_options import PictureOptions
    from artgan.data.pictures import PictureDataset
    from artgan.errors import ArtganError, UserError
    from artgan.gallery.curator import Curator
    from artgan.metrics.metric import Measured, Metric
    from artgan.models.gan import GAN, GANOptions
    from artgan.models.latent_model import LatentModel
    from artgan.models.latent_model import LatentModel as Model  # its name in plugin API 1
    from artgan.models.losses import AdversarialLoss
    from artgan.models.model import Phase
    from artgan.models.styles import StyleModel
    from artgan.plugins.options import Field, LossName, Options, PositiveInt
    from artgan.training.tracker import Tracker

_moved.install()

_RENAMED = {"Choice": "AutoSetting"}

_HOME = {
    "AdversarialLoss": "artgan.models.losses",
    "ArtganError": "artgan.errors",
    "Batch": "artgan.data.batch",
    "AutoSetting": "artgan.data.auto_settings",
    "Curator": "artgan.gallery.curator",
    "Dataset": "artgan.data.dataset",
    "Field": "artgan.plugins.options",
    "GAN": "artgan.models.gan",
    "GANOptions": "artgan.models.gan",
    "ImageInfo": "artgan.data.dataset",
    "LatentModel": "artgan.models.latent_model",
    "LossName": "artgan.plugins.options",
    "Measured": "artgan.metrics.metric",
    "Metric": "artgan.metrics.metric",
    "Model": "artgan.models.latent_model:LatentModel",  # its name in plugin API 1
    "ModelSource": "artgan.api.model_source",
    "Options": "artgan.plugins.options",
    "Phase": "artgan.models.model",
    "PictureDataset": "artgan.data.pictures",
    "PictureFile": "artgan.data.picture",
    "PictureOptions": "artgan.data.picture_options",
    "PositiveInt": "artgan.plugins.options",
    "Run": "artgan.api.run",
    "StyleModel": "artgan.models.styles",
    "Tracker": "artgan.training.tracker",
    "UserError": "artgan.errors",
    "blend": "artgan.api.blend",
    "evaluate": "artgan.api.evaluate",
    "explore": "artgan.api.explore",
    "find_run": "artgan.api.run",
    "gallery": "artgan.api.gallery",
    "list_runs": "artgan.api.run",
    "mix": "artgan.api.mix",
    "project": "artgan.api.project",
    "resume": "artgan.api.resume",
    "train": "artgan.api.train",
}

__all__ = [
    "GAN",
    "AdversarialLoss",
    "ArtganError",
    "AutoSetting",
    "Batch",
    "CommandSpec",
    "Curator",
    "CuratorSpec",
    "Dataset",
    "DatasetSpec",
    "Field",
    "GANOptions",
    "ImageInfo",
    "LatentModel",
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
    if name in _RENAMED:
        warnings.warn(f"artgan.{name} is now artgan.{_RENAMED[name]}.", DeprecationWarning, stacklevel=2)
        return getattr(sys.modules[__name__], _RENAMED[name])
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    value = getattr(import_module(module), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
