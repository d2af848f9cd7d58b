"""Inception score: high if each image clearly belongs to one class, and all classes are equally common."""

import torch

import artgan
from artgan.metrics.libraries import library
from artgan.metrics.metric import Measured

SPLITS = 10


class InceptionScore(artgan.Metric):
    needs = "probabilities"
    higher_is_better = True
    paper = (
        "Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen 2016, Improved techniques for training GANs, "
        "section 4, https://arxiv.org/abs/1606.03498"
    )

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        score = library("torch_fidelity.metric_isc")
        # The library expects logits; logarithms of probabilities are valid logits.
        logits = torch.from_numpy(generated.probabilities).double().clamp_min(1e-12).log()
        found = score.isc_features_to_metric(logits, splits=min(SPLITS, len(logits)))
        return {"is": found[score.KEY_METRIC_ISC_MEAN], "is_std": found[score.KEY_METRIC_ISC_STD]}
