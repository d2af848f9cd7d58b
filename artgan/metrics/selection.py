"""Which extractor and which metrics: by name, or what suits the images."""

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
class Chosen:
    """A metric to be computed.

    Attributes:
        name: what the user calls it.
        metric: an instance.
        key: tells this metric's code from another version's.
        spec: where it comes from.
        asked: whether it was named; if not, its failure is no reason to give up the others.
    """

    name: str
    metric: Metric
    key: str
    spec: MetricSpec
    asked: bool


def choose_extractor(
    kind: Features, prepared: Prepared, data: str, device: torch.device, report: Report = lambda done, total: None
) -> Extractor:
    """The extractor ``kind`` for these images, or the one that suits them.

    ``auto`` is Inception-v3 for RGB, else a classifier of their labels, else random convolutions.

    Raises:
        UserError: if it can't be had for these images.
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
                f"--features classifier needs labels to learn from, and {data} has none: use --features random."
            )
        from artgan.metrics.classifier import classifier

        return classifier(prepared, data, device, report)
    if kind == "random":
        from artgan.metrics.random_features import RandomExtractor

        return RandomExtractor(info, device)
    raise unknown("extractor", str(kind), get_args(Features))


def has_classes(info: ImageInfo) -> bool:
    """Whether a classifier could learn these labels."""
    return info.labels > 1


def choose_metrics(names: Sequence[str] | None) -> list[Chosen]:
    """The metrics of these names, or all that are installed; those of which less is better come first.

    Raises:
        UserError: for a name that doesn't exist, with the nearest match.
    """
    known = registry()
    specs = known.of(MetricSpec) if names is None else {name: known.find(MetricSpec, name) for name in names}
    chosen = []
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
        chosen.append(Chosen(name, kind(), key, spec, names is not None))
    return sorted(chosen, key=lambda one: one.metric.higher_is_better) if names is None else chosen


def applicable(metrics: Iterable[Chosen], extractor: Extractor, asked: bool) -> tuple[list[Chosen], tuple[str, ...]]:
    """Those metrics that work with this extractor, and notes on those that don't.

    Raises:
        UserError: if one that was ``asked`` for doesn't.
    """
    kept, notes = [], []
    for one in metrics:
        if one.metric.needs == "probabilities" and not extractor.classifies:
            text = f"{one.name} needs an extractor that knows classes, which {extractor.kind} doesn't."
            if asked:
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
