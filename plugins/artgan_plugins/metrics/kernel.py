"""Kernel inception distance: the squared maximum mean discrepancy of features, unbiased for any number of images."""

import torch

import artgan
from artgan.metrics.libraries import library
from artgan.metrics.metric import Measured

SUBSETS = 100
SUBSET_IMAGES = 1000


class KID(artgan.Metric):
    paper = (
        "Binkowski, Sutherland, Arbel and Gretton 2018, Demystifying MMD GANs, section 4, "
        "https://arxiv.org/abs/1801.01401"
    )

    def compute(self, real: Measured, generated: Measured) -> dict[str, float]:
        kid = library("torch_fidelity.metric_kid")
        assert real.features is not None
        assert generated.features is not None
        fewest = min(len(real.features), len(generated.features))
        # Subsets of nearly all images would hardly differ, and hide the randomness of the whole set.
        size = min(SUBSET_IMAGES, max(2, fewest // 2))
        found = kid.kid_features_to_metric(
            torch.from_numpy(generated.features),
            torch.from_numpy(real.features),
            kid_subsets=SUBSETS,
            kid_subset_size=size,
            verbose=False,
        )
        return {"kid": found[kid.KEY_METRIC_KID_MEAN], "kid_std": found[kid.KEY_METRIC_KID_STD]}
