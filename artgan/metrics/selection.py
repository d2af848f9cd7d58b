"""Select the feature extractor and the metrics: by name, or to suit the images."""

import hashlib
import inspect
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import torch

from artgan.data.dataset import ImageInfo, Report
from artgan.data.prepare import Prepared
from artgan.errors import ArtganError, UserError, unknown
from artgan.metrics.extractor import Extractor
from artgan.metrics.metric import Metric
from artgan.plugins.extractor_names import Features
from artgan.plugins.loading import PluginWarning, load_class, registry
from artgan.plugins.specs import MetricSpec

RGB = 3


@dataclass(frozen=True, slots=True)
class SelectedMetric:
    """A metric to compute.

    Attributes:
        name: its name on the command line.
        metric: an instance.
        key: identifies this version of the metric's code.
        spec: the spec that provides it.
        requested: True if the user named it; if not, its failure doesn't stop the others.
    """

    name: str
    metric: Metric
    key: str
    spec: MetricSpec
    requested: bool


def select_extractor(
    kind: Features, prepared: Prepared, data: str, device: torch.device, report: Report = lambda done, total: None
) -> Extractor:
    """Return the extractor ``kind`` for these images.

    ``auto`` selects Inception-v3 for RGB, else a classifier of their labels, else random convolutions.

    Raises:
        UserError: if it isn't available for these images.
    """
    info = prepared.info
    if kind == "auto":
        kind = "inception" if info.channels == RGB else "classifier" if has_classes(info) else "random"
    if kind == "inception":
        from artgan.metrics.inception import InceptionExtractor

        return InceptionExtractor(device, report)
    if kind == "classifier":
        if not has_classes(info):
            raise UserError(
                f"--features classifier needs labels to train on, but {data} has none: use --features random."
            )
        from artgan.metrics.classifier import classifier

        return classifier(prepared, data, device, report)
    if kind == "random":
        from artgan.metrics.random_features import RandomExtractor

        return RandomExtractor(info, device)
    raise unknown("extractor", str(kind), get_args(Features))


def has_classes(info: ImageInfo) -> bool:
    """Return True if a classifier can learn these labels."""
    return info.labels > 1


def select_metrics(names: Sequence[str] | None) -> list[SelectedMetric]:
    """Return the metrics with these names, or all that are installed, those where lower is better first.

    Raises:
        UserError: for an unknown name, with the nearest match.
    """
    known = registry()
    specs = known.of(MetricSpec) if names is None else {name: known.find(MetricSpec, name) for name in names}
    selected = []
    for name, spec in specs.items():
        try:
            kind: Any = load_class(spec, Metric)
        except ArtganError as error:
            if names is not None:
                raise
            warnings.warn(str(error), PluginWarning, stacklevel=2)
            continue
        provider = known.provider(spec)
        key = f"{provider.distribution} {provider.version} {name} {_source(kind)}"
        selected.append(SelectedMetric(name, kind(), key, spec, names is not None))
    return sorted(selected, key=lambda one: one.metric.higher_is_better) if names is None else selected


def applicable(
    metrics: Iterable[SelectedMetric], extractor: Extractor, requested: bool
) -> tuple[list[SelectedMetric], tuple[str, ...]]:
    """Return the metrics that work with this extractor, and notes on those that don't.

    Raises:
        UserError: if one doesn't and the user ``requested`` the metrics by name.
    """
    kept, notes = [], []
    for one in metrics:
        if one.metric.needs == "probabilities" and not extractor.classifies:
            text = f"{one.name} needs class probabilities, which {extractor.kind} features don't have."
            if requested:
                raise UserError(f"{text} Use --features classifier or inception, or leave it out of --metrics.")
            notes.append(text)
        else:
            kept.append(one)
    return kept, tuple(notes)


def _source(kind: type) -> str:
    try:
        return hashlib.sha256(inspect.getsource(inspect.getmodule(kind) or kind).encode()).hexdigest()[:12]
    except (OSError, TypeError):
        return ""
