"""Relativistic pairing: a generated image should look more real than a real one, not just real."""

from torch import Tensor
from torch.nn.functional import softplus

import artgan


class Relativistic(artgan.AdversarialLoss):
    """Judges each generated image against a real one, which removes the local minima where modes are dropped.

    It converges with R1 and R2 penalties, according to the paper.
    """

    paper = (
        "Huang et al. 2024, The GAN is dead; long live the GAN! A Modern GAN Baseline (R3GAN), "
        "https://arxiv.org/abs/2501.05441, equation 2, after Jolicoeur-Martineau 2019, https://arxiv.org/abs/1807.00734"
    )
    capturable = True
    relativistic = True
    always_slopes = True

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return -log sigmoid(D(G(z)) - D(x))."""
        assert real is not None
        return softplus(real - fake).mean()

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return -log sigmoid(D(x) - D(G(z)))."""
        return softplus(fake - real).mean()

    def shown(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Return its certainty about which image of a pair is real."""
        return {"D(real)": (real - fake).sigmoid(), "D(fake)": (fake - real).sigmoid()}
