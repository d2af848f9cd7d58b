"""The contract of an adversarial loss: a game's two sides, on the discriminator's logits."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor


class AdversarialLoss(ABC):
    """A game's two sides. Subclass it, and name the subclass in a :class:`artgan.LossSpec`.

    Logits are (N,), high for real, unbounded; under mixed precision they may be bf16.

    Class attributes:
        paper: authors, year, title, equation, and where to read it.
        relativistic: whether the generator's side needs the logits of real images too; it costs another pass through
            the discriminator.
        critic: whether logits are scores of an unbounded critic, which make no sense as probabilities.
    """

    paper: ClassVar[str] = ""
    relativistic: ClassVar[bool] = False
    critic: ClassVar[bool] = False

    @abstractmethod
    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """What the generator minimises, a scalar, from logits (N,) of generated images.

        ``real``: logits (N,) of as many real images if :attr:`relativistic`, else None.
        """

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the discriminator minimises, a scalar, from logits (N,) of real and (N,) of generated images."""
