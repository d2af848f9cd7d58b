"""LSGAN: regression instead of classification."""

from torch import Tensor

import artgan


class LeastSquares(artgan.AdversarialLoss):
    """Least-squares loss: also pulls back images far on the right side of the boundary, so gradients don't vanish."""

    paper = (
        "Mao et al. 2017, Least Squares Generative Adversarial Networks, https://arxiv.org/abs/1611.04076, "
        "equation 9 (a = 0, b = c = 1), twice"
    )
    capturable = True

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return the mean of (D(G(z)) - 1)^2."""
        return (fake - 1).square().mean()

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the mean of (D(x) - 1)^2 + D(G(z))^2."""
        return (real - 1).square().mean() + fake.square().mean()

    def shown(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Return their positions between the targets, 0 and 1."""
        return {"D(real)": real.clamp(0, 1), "D(fake)": fake.clamp(0, 1)}
