"""Everything that decides a training, in one validated record; what `run.json` keeps and a TOML file can hold."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from artgan.errors import UserError, unknown
from artgan.plugins.extractor_names import Features
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec, MetricSpec, ModelSpec

NOBODY = "none"
"""What ``track`` names to have no tracker."""

SMALLEST, LARGEST = 4, 1024
"""Heights and widths that can be asked for."""


class TrainConfig(BaseModel):
    """The shared options of ``artgan train``; ``None`` means: the model's default, or no limit.

    Attributes are named as on the command line, but for ``from_run``, which is ``--from`` (a word that Python keeps for
    itself). ``time`` is in seconds. ``options`` and ``data_options`` belong to the model and the data set, and are
    checked against their own classes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    model: str = Field(default_factory=lambda: registry().default(ModelSpec))
    data: str = Field(default_factory=lambda: registry().default(DatasetSpec))
    epochs: float | None = Field(None, gt=0, allow_inf_nan=False)
    steps: int | None = Field(None, ge=1)
    time: float | None = Field(None, gt=0, allow_inf_nan=False)
    batch_size: int | None = Field(None, ge=1, le=65536)
    seed: int = Field(0, ge=0, lt=2**63)
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto"
    threads: int | None = Field(None, ge=1, le=1024)
    devices: int = Field(1, ge=1, le=1024)
    nodes: int = Field(1, ge=1, le=1024)
    strict: bool = False
    mirror: bool = False
    balance: bool = False
    size: int | None = Field(None, ge=SMALLEST, le=LARGEST)
    from_run: str | None = None
    from_checkpoint: str | None = None
    options: dict[str, Any] = {}
    data_options: dict[str, Any] = {}
    sample_every: int | None = Field(None, ge=1)
    checkpoint_every: int | None = Field(None, ge=1)
    keep_checkpoints: int = Field(3, ge=0)
    stop_on_collapse: bool = False
    track: list[str] | None = None
    evaluate_every: int | None = Field(None, ge=1)
    evaluate_metrics: list[str] = Field(default_factory=lambda: [registry().default(MetricSpec)], min_length=1)
    evaluate_images: int = Field(2000, ge=2, le=100_000)
    evaluate_features: Features = "auto"
    gallery: bool = True
    compile: bool = False
    cuda_graphs: bool = True

    @field_validator("evaluate_metrics", mode="before")
    @classmethod
    def _parse_names(cls, value: Any) -> Any:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("time", mode="before")
    @classmethod
    def _parse_time(cls, value: Any) -> Any:
        return parse_seconds(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Request:
    """A training as asked for: the configuration, and where things go."""

    config: TrainConfig
    name: str | None
    runs_dir: Path
    data_dir: Path
    gallery_dir: Path


def parse_seconds(text: str) -> float:
    """``"90s"``, ``"10m"``, ``"2h"``, ``"1h30m"`` or a plain number of seconds. Raises :class:`UserError`."""
    parts = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip())
    if not parts or not any(parts.groups()):
        raise UserError(f"'{text}' is no duration: write 90s, 10m, 2h or 1h30m.")
    hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return hours * 3600 + minutes * 60 + seconds


def read_toml(path: Path) -> dict[str, Any]:
    """The options in a TOML file, named as on the command line with ``_`` or ``-``.

    Raises:
        UserError: if it can't be read or isn't TOML.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"--config {path} can't be read: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"--config {path} is not valid TOML: {error}.") from None
    for key in ("options", "data_options", "data-options"):
        if not isinstance(found.get(key, {}), dict):
            raise UserError(f"--config {path}: {key} should be a table such as [{key}], with a line an option.")
    return {"from_run" if key == "from" else key.replace("-", "_"): value for key, value in found.items()}


def make_config(values: Mapping[str, Any]) -> TrainConfig:
    """A checked configuration.

    Raises:
        UserError: for an unknown key (with the nearest match) or a value that can't be.
    """
    fields = TrainConfig.model_fields
    for key in values:
        if key not in fields:
            raise unknown("option", key, fields, "`artgan train --help` lists them.")
    try:
        return TrainConfig(**values)
    except ValidationError as error:
        from artgan.plugins.options import expected, show

        key = str(error.errors()[0]["loc"][0])
        flag = "--from" if key == "from_run" else "--" + key.replace("_", "-")
        wanted = "more than 0: 90s, 10m, 2h or 1h30m" if key == "time" else expected(fields[key])
        raise UserError(f"{flag} {show(values[key])} should be {wanted}.") from None
