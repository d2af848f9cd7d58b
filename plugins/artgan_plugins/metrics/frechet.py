"""Fréchet inception distance: the distance between two normal distributions fitted to features."""

import torch

import artgan
from artgan.metrics.libraries import library
from artgan.metrics.metric import Measured


class FID(artgan.Metric):
    paper = (
        "Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter 2017, GANs trained by a two time-scale update rule "
        "converge to a local Nash equilibrium, equation 6, https://arxiv.org/abs/1706.08500"
    )

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        fid = library("torch_fidelity.metric_fid")
        # In double precision, because the covariances of many nearly dead features are almost singular.
        known, made = (
            fid.fid_features_to_statistics(torch.from_numpy(features).double())
            for features in (real.features, generated.features)
        )
        found = fid.fid_statistics_to_metric(known, made, verbose=False)
        return {"fid": found[fid.KEY_METRIC_FID]}
