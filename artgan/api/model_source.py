"""Models that other models are built from: named by a plugin, or a finished run."""

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from artgan.errors import UserError, unknown
from artgan.plugins.loading import PluginWarning, registry
from artgan.plugins.specs import ModelSpec
from artgan.runs.checkpoints import BEST, step_of
from artgan.runs.record import RECORD
from artgan.util import paths

if TYPE_CHECKING:
    from artgan.api.run import Run
    from artgan.data.dataset import ImageInfo
    from artgan.models.model import Model


class ModelSource(BaseModel):
    """Type of an option that names a model (``dcgan``) or a run (its name or path; ``RUN@STEP``, ``RUN@best``).

    If a model and a run have the same name, the model is used, with a warning; use the run's path for the run.

    The name is looked up once. From then on, the option holds everything that it takes to build the same networks
    again, so that a model made of runs can be resumed and sampled after those runs are deleted.

    Attributes:
        name: the name that the user gave.
        model: the model's name.
        options: its options; all of them if it is a run.
        checkpoint: the file with a run's weights; None if it is to be trained from scratch.
        shape: (C, H, W) of a run's images; None if it isn't a run.
        labels: names of a run's labels.

    Raises:
        UserError: if there is no such model, run or checkpoint.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    shown: ClassVar[str] = "model|run"

    name: str
    model: str
    options: dict[str, Any] = {}
    checkpoint: str | None = None
    shape: tuple[int, int, int] | None = None
    labels: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _look_up(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if "/" not in value and (value in registry().of(ModelSpec) or registry().why_not(ModelSpec, value)):
            registry().find(ModelSpec, value)
            if (paths.runs_dir() / value / RECORD).is_file():
                _warn_of_both(value, paths.runs_dir().absolute() / value)
            return {"name": value, "model": value}
        return _of_run(value)

    @model_serializer(mode="wrap")
    def _dump(self, whole: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
        return self.reference if info.context == "references" else whole(self)

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """The text that means the same: the model's name, or the run's path and step."""
        if self.checkpoint is None:
            return self.name
        path = Path(self.checkpoint)
        return f"{path.parent.parent}@{'best' if path.name == BEST else step_of(path)}"

    def spec(self) -> ModelSpec:
        """Return the spec of the model. Raises :class:`UserError` if no plugin brings it."""
        return registry().find(ModelSpec, self.model)

    @property
    def run(self) -> "Run | None":
        """The run as it is on disk now; None for a model. Raises :class:`UserError` if it no longer exists."""
        from artgan.api.run import Run

        return Run(Path(self.checkpoint).parent.parent) if self.checkpoint else None

    def build(self, info: "ImageInfo", options: Mapping[str, Any] | None = None) -> "Model":
        """Build the model for images like ``info``, with initial weights; ``options`` override its own.

        Raises:
            UserError: if it can't be built for them, or is a run with images of another shape or with other labels.
        """
        from artgan.build import build_model, model_class

        if self.shape and self.shape != info.shape:
            raise UserError(f"{self.name} makes images of {_shape(self.shape)}, but these are {_shape(info.shape)}.")
        if self.shape and model_class(self.model).conditional and self.labels != info.label_names:
            theirs = _list(info.label_names)
            raise UserError(
                f"{self.name} was trained on the labels {_list(self.labels)}, but these images have {theirs}."
            )
        return build_model(self.model, {**self.options, **(options or {})}, info)

    def open(self) -> "Model":
        """Load a run's model for sampling, on the CPU.

        Raises:
            UserError: if it isn't a run, or its folder or checkpoint no longer exists.
            ArtganError: if the checkpoint is damaged.
        """
        if (run := self.run) is None:
            raise UserError(f"{self.name} isn't a run: it hasn't been trained.")
        return run.load(self.checkpoint, device="cpu")


@cache  # options are read several times, but warn only once
def _warn_of_both(name: str, run: Path) -> None:
    text = f"'{name}' is both a model and a run; using the model. For the run, write {run}."
    warnings.warn(text, PluginWarning, stacklevel=2)


def _of_run(text: str) -> dict[str, Any]:
    from artgan.api.run import find_run, list_runs
    from artgan.runs import dependencies
    from artgan.runs.find import AmbiguousRun

    name, _, which = text.rpartition("@") if "@" in text else (text, "", None)
    try:
        run = find_run(name)
    except AmbiguousRun:
        raise
    except UserError:
        known = [*registry().of(ModelSpec), *(one.name for one in list_runs())]
        raise unknown("model or run", name, known, "`artgan models` and `artgan runs` list them.") from None
    names = dependencies.locate(run, dependencies.needed(run.details, to_train=False))
    info = run.image_info()
    return {
        "name": run.name,
        "model": names["model"],
        "options": {key: names.get(key, value) for key, value in run.details.model.options.items()},
        # A specific file, because the run may be trained further.
        "checkpoint": str(run.checkpoint(which).absolute()),
        "shape": info.shape,
        "labels": info.label_names,
    }


def _shape(shape: tuple[int, int, int]) -> str:
    channels, height, width = shape
    return f"{width}x{height} with {channels} channel{'s' if channels > 1 else ''}"


def _list(labels: tuple[str, ...]) -> str:
    return f"{', '.join(labels[:5])}{' and more' if len(labels) > 5 else ''}" if labels else "none"
