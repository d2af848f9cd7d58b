"""Improved precision and recall: the share of one set that lies within the other's k-th neighbour radii."""

import weakref
from typing import Any

import torch

import artgan
from artgan.metrics.libraries import library
from artgan.metrics.metric import Measured

NEIGHBOURS = 3
BLOCK = 1000

PAPER = (
    "Kynkäänniemi, Karras, Laine, Lehtinen and Aila 2019, Improved precision and recall metric for assessing "
    "generative models, equations 1 and 2, https://arxiv.org/abs/1904.06991"
)


class Precision(artgan.Metric):
    higher_is_better = True
    paper = PAPER

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        return {"precision": _both(real, generated)["precision"]}


class Recall(artgan.Metric):
    higher_is_better = True
    paper = PAPER

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        return {"recall": _both(real, generated)["recall"]}


_last: tuple[weakref.ref[Any], weakref.ref[Any], dict[str, float]] | None = None


def _both(real: Measured, generated: Measured) -> dict[str, float]:
    """Compute both metrics, which share their distances, and cache them for the second call."""
    global _last
    assert real.features is not None
    assert generated.features is not None
    if _last and _last[0]() is real.features and _last[1]() is generated.features:
        return _last[2]
    prc = library("torch_fidelity.metric_prc")
    found: dict[str, float] = prc.prc_features_to_metric(
        torch.from_numpy(generated.features),
        torch.from_numpy(real.features),
        prc_neighborhood=min(NEIGHBOURS, len(real.features) - 1, len(generated.features) - 1),
        prc_batch_size=BLOCK,
        save_cpu_ram=True,
        verbose=False,
    )
    _last = weakref.ref(real.features), weakref.ref(generated.features), found
    return found
