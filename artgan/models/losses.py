"""The contract of an adversarial loss: a game's two sides, on the discriminator's logits."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

# Names under which the watch over a training knows what images are taken for, from 0 (generated) to 1 (real).
REAL, FAKE = "D(real)", "D(fake)"


class AdversarialLoss(ABC):
    """A game's two sides. Subclass it, and name the subclass in a :class:`artgan.LossSpec`.

    Logits are (N,), high for real, unbounded; under mixed precision they may be bf16.

    Class attributes:
        paper: authors, year, title, equation, and where to read it.
        relativistic: whether the generator's side needs the logits of real images too; it costs another pass through
            the discriminator.
        critic: whether logits are scores of an unbounded critic, of which only differences have a meaning, and whose
            slope has to be bounded by something.
        log_odds: whether the sigmoid of a logit is the probability that the image is real.
    """

    paper: ClassVar[str] = ""
    relativistic: ClassVar[bool] = False
    critic: ClassVar[bool] = False
    log_odds: ClassVar[bool] = False

    @abstractmethod
    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """What the generator minimises, a scalar, from logits (N,) of generated images.

        ``real``: logits (N,) of as many real images if :attr:`relativistic`, else None.
        """

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the discriminator minimises, a scalar, from logits (N,) of real and (N,) of generated images."""

    def shown(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """What is logged of logits (N,) of real and of generated images, by name.

        ``D(real)`` and ``D(fake)`` say what images are taken for, from 0 (generated) to 1 (real), 0.5 being unsure; the
        watch over a training knows them so. By default they are the logits' sigmoids; a critic's values, which can't be
        brought to that scale, are called ``critic(real)`` and ``critic(fake)``.
        """
        if self.critic:
            return {"critic(real)": real, "critic(fake)": fake}
        return {REAL: real.sigmoid(), FAKE: fake.sigmoid()}
