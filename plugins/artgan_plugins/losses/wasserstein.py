"""The Wasserstein distance between generated and real images, as a critic estimates it."""

from torch import Tensor

import artgan


class Wasserstein(artgan.AdversarialLoss):
    """Wasserstein loss: only meaningful if the critic is kept Lipschitz, by weight clipping or a gradient penalty."""

    paper = "Arjovsky, Chintala and Bottou 2017, Wasserstein GAN, https://arxiv.org/abs/1701.07875, equations 2 and 3"
    capturable = True
    critic = True
    always_slopes = True

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return -f(G(z))."""
        return -fake.mean()

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return f(G(z)) - f(x)."""
        return fake.mean() - real.mean()
