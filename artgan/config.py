"""The configuration of a training run: every setting, validated; what ``run.json`` keeps and a TOML file may hold."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from artgan.errors import UserError
from artgan.requests.declare import Declared, declared
from artgan.requests.shared import parse_seconds
from artgan.requests.train import LARGEST, SMALLEST, TrainSettings, default_data, default_metrics, unknown_setting

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["LARGEST", "NO_TRACKER", "SMALLEST", "TrainConfig", "TrainingJob"]
__all__ += ["make_config", "parse_seconds", "read_toml"]

NO_TRACKER = "none"
"""The name that stands for no tracker in ``track``."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TrainConfig(TrainSettings):
    """The settings of a training run, validated; None means the model's default, or no limit.

    They are declared, with their ranges and help, in :mod:`artgan.requests.train`. Here are those that may be written
    in several ways, as they are once they are validated. ``time`` is in seconds. ``options`` and ``data_options``
    belong to the model and the data set, and are validated by these.
    """

    data: str = field(default_factory=default_data)
    time: float | None = None
    from_run: str | None = None
    from_checkpoint: str | None = None
    track: list[str] | None = None
    evaluate_metrics: list[str] = field(default_factory=default_metrics)

    def values(self) -> dict[str, Any]:
        """Return all settings, as ``run.json`` keeps them."""
        from pydantic_core import to_jsonable_python

        return {setting.name: to_jsonable_python(getattr(self, setting.name)) for setting in fields(self)}

    def given_values(self) -> dict[str, Any]:
        """Return the settings that were given, whether by the user or by a file, a run or the images."""
        return {name: getattr(self, name) for name in self.given}


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A training run that is known to make sense: its configuration, and where its files go."""

    config: TrainConfig
    name: str | None
    runs_dir: Path
    data_dir: Path
    gallery_dir: Path


def read_toml(path: Path) -> dict[str, Any]:
    """Return the settings in a TOML file, named as on the command line with ``_`` or ``-``.

    Raises:
        UserError: if it can't be read or isn't TOML.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"Can't read --config {path}: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"--config {path} isn't valid TOML: {error}.") from None
    for key in ("options", "data_options", "data-options"):
        if not isinstance(found.get(key, {}), dict):
            raise UserError(f"--config {path}: {key} must be a table such as [{key}], with one option per line.")
    return {"from_run" if key == "from" else key.replace("-", "_"): value for key, value in found.items()}


def make_config(values: Mapping[str, Any]) -> TrainConfig:
    """Return a validated configuration; what ``values`` lack has its default.

    Raises:
        UserError: for an unknown setting (with the nearest match), a value of the wrong type or out of range.
    """
    settings = {setting.name: setting for setting in declared(TrainSettings)}
    for name in values:
        if name not in settings:
            raise unknown_setting(name)
    return TrainConfig(**{name: _validate(settings[name], value) for name, value in values.items()})


def _validate(setting: Declared, value: Any) -> Any:
    typed, parse = value, setting.option.parse
    if isinstance(value, str) and parse is not None and setting.option.typed is str:
        value = parse(value, setting.flag)
    from pydantic import ValidationError

    try:
        valid = _validator(setting.name).validate_python(value)
    except ValidationError:
        raise setting.refuse(typed) from None
    setting.check(valid, typed)
    return valid


@cache
def _validator(name: str) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(get_type_hints(TrainConfig)[name])
