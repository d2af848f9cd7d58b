"""The hinge loss, as in support vector machines."""

from torch import Tensor
from torch.nn.functional import relu

import artgan


class Hinge(artgan.AdversarialLoss):
    """Hinge loss: the discriminator learns only from images inside its margin or on the wrong side of it."""

    paper = "Lim and Ye 2017, Geometric GAN, https://arxiv.org/abs/1705.02894, equations 10 and 11"
    capturable = True

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return -D(G(z))."""
        return -fake.mean()

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return max(0, 1 - D(x)) + max(0, 1 + D(G(z)))."""
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def shown(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Return their positions between the margins, -1 and 1."""
        return {"D(real)": ((real + 1) / 2).clamp(0, 1), "D(fake)": ((fake + 1) / 2).clamp(0, 1)}
