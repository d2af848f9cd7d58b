"""The non-saturating loss, which most GANs use."""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import softplus

import artgan
from artgan.models.losses import SMALLEST_SLOPE


class NonSaturating(artgan.AdversarialLoss):
    """The generator raises log D(G(z)) instead of lowering log(1 - D(G(z))), whose gradient vanishes when it loses.

    The softplus of a logit is the binary cross-entropy of its sigmoid, without overflow.
    """

    paper = (
        "Goodfellow et al. 2014, Generative Adversarial Nets, https://arxiv.org/abs/1406.2661, equation 1 for the "
        "discriminator, end of section 3 for the generator"
    )
    capturable = True
    log_odds = True
    always_slopes = True

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return -log D(G(z))."""
        return softplus(-fake).mean()

    def exchange(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Use a formula instead of a backward pass: the slopes -s(-x) and s(x), with sigmoid s, give -exp(-x)."""
        logits = fake.detach().float()
        # Below that, the discriminator's slope is too small for a float, and neither network learns.
        factors = torch.exp(-logits).neg_().masked_fill_(logits < log(SMALLEST_SLOPE), 0.0)
        return softplus(-logits).mean(), factors

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return -log D(x) - log(1 - D(G(z)))."""
        return softplus(-real).mean() + softplus(fake).mean()
