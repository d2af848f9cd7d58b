"""The original minimax loss, as analysed in theory."""

from torch import Tensor
from torch.nn.functional import softplus

import artgan


class Minimax(artgan.AdversarialLoss):
    """Both networks play for the same value. The generator learns almost nothing while the discriminator is certain."""

    paper = "Goodfellow et al. 2014, Generative Adversarial Nets, https://arxiv.org/abs/1406.2661, equation 1"
    capturable = True
    log_odds = True
    always_slopes = True

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return log(1 - D(G(z)))."""
        return -softplus(fake).mean()

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return -log D(x) - log(1 - D(G(z)))."""
        return softplus(-real).mean() + softplus(fake).mean()
