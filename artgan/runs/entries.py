"""The parts of a run's record, each a JSON object in ``run.json``.

A default is what older versions of artgan, which didn't write the key, meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from artgan.util.json_object import JSONObject, optional


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin(JSONObject):
    """The package that a plugin comes from.

    Attributes:
        kind: ``"model"``, ``"dataset"``, ``"loss"``, …
        name: of the model, data set, …
        distribution: the package that brought it.
        version: of the package.
        entry_point: under which the package registered it.
        source: digits of a hash of the source of its class; None if there is none.
    """

    kind: str = ""
    name: str = ""
    distribution: str
    version: str
    entry_point: str
    source: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetRecord(JSONObject):
    """The limits of a run. Training ends at the first one reached; None means no limit."""

    max_steps: int | None = None
    max_seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigRecord(JSONObject):
    """The configuration as asked for, a :class:`artgan.config.TrainConfig`; these are the keys that are read from it.

    The others are only validated when the configuration is used: plugins and defaults may have changed since.
    """

    model: str = ""
    data: str = ""
    seed: int = 0
    size: int | None = None
    mirror: bool | None = None
    balance: bool | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    data_options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRecord(JSONObject):
    """The model as it was built: all its options, and how many parameters each network has."""

    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataRecord(JSONObject):
    """The images.

    Attributes:
        name: what they are called; empty if only the configuration says.
        shape: (C, H, W).
        labels: names of the labels.
        images: how many.
        options: all options of the data set.
        fingerprint: of the prepared images.
        folder: where data sets were looked for.
        licence: what the data set says of it.
    """

    name: str = ""
    shape: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    images: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    folder: str = ""
    licence: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress(JSONObject):
    """The state of a run after some steps.

    Attributes:
        step: steps done.
        images: real images shown.
        seconds: spent in the training loop.
        losses: means by name, of the last line of metrics.
        recoveries: how often it diverged and was brought back.
        ended: whether the budget was spent, or a signal had come, when it was saved.
    """

    step: int = 0
    images: int = 0
    seconds: float = 0.0
    losses: Mapping[str, float] = field(default_factory=dict)
    recoveries: int = 0
    ended: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessRecord(JSONObject):
    """The process that trains, or trained last."""

    pid: int | None = None
    host: str = ""
    started: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRecord(JSONObject):
    """The software of a session that resumed the run, which may differ from the first one's."""

    versions: Mapping[str, str] = field(default_factory=dict)
    plugins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceRecord(JSONObject):
    """An option that the user left open, and what was chosen: see :class:`artgan.data.auto_settings.AutoSetting`."""

    flag: str = ""
    name: str = ""
    value: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmRecord(JSONObject):
    """A warning that the training is failing."""

    step: int
    kind: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveryRecord(JSONObject):
    """One time that the training diverged and was brought back."""

    diverged_at_step: int = 0
    went_back_to_step: int = 0
    learning_rates_times: float = 1.0
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenRecord(JSONObject):
    """The number of a network's tensors that were ``taken`` from a parent, ``of`` all, and the names of the rest."""

    taken: int
    of: int
    left: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ParentRecord(JSONObject):
    """A checkpoint of another run that this one began with.

    Attributes:
        run: the other run's name.
        step: after how many steps the checkpoint was written.
        sha256: the checkpoint's digest.
        taken: by network, if its weights were taken wherever they fit.
        weight: its share, if it was blended.
    """

    run: str
    step: int
    sha256: str
    taken: Mapping[str, TakenRecord] | None = optional()
    weight: float | None = optional()


@dataclass(frozen=True, kw_only=True, slots=True)
class BlendRecord(JSONObject):
    """The share of the second run in a blend.

    Attributes:
        weight: of all layers.
        coarse: of the generator's layers up to ``at`` pixels.
        fine: of those above.
        at: None if all layers have the same share.
    """

    weight: float
    coarse: float | None = optional()
    fine: float | None = optional()
    at: int | None = optional()


@dataclass(frozen=True, kw_only=True, slots=True)
class BestRecord(JSONObject):
    """The best checkpoint so far.

    Attributes:
        step: when it was measured.
        metric: by which it is the best.
        value: of the metric.
        extractor: a key of the features that were compared.
        features: their name.
        images: how many were made for it.
    """

    step: int
    metric: str
    value: float
    extractor: str
    features: str
    images: int | None = optional()
