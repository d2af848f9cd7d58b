"""The contract of an adversarial loss: a game's two sides, on the discriminator's logits."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from artgan.models.capturable import Capturable

# Names under which the watch over a training knows what images are taken for, from 0 (generated) to 1 (real).
REAL, FAKE = "D(real)", "D(fake)"
SMALLEST_SLOPE = 1e-30


class AdversarialLoss(Capturable, ABC):
    """A game's two sides. Subclass it, and name the subclass in a :class:`artgan.LossSpec`.

    Logits are (N,), high for real, unbounded; under mixed precision they may be bf16.

    Class attributes:
        paper: authors, year, title, equation, and where to read it.
        relativistic: whether the generator's side needs the logits of real images too; it costs another pass through
            the discriminator.
        critic: whether logits are scores of an unbounded critic, of which only differences have a meaning, and whose
            slope has to be bounded by something.
        always_slopes: whether what the discriminator minimises has a slope other than zero on every generated image,
            however sure it is; then one pass back through the discriminator can serve both sides.
        log_odds: whether the sigmoid of a logit is the probability that the image is real.
        capturable: whether its methods do the same work at every call and wait for no tensor's value, so that a GPU may
            record and replay them (:meth:`artgan.Model.variant`). It isn't inherited.
    """

    paper: ClassVar[str] = ""
    relativistic: ClassVar[bool] = False
    critic: ClassVar[bool] = False
    always_slopes: ClassVar[bool] = False
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

    def exchange(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """What the generator minimises, and (N,) by what each image's gradient of the discriminator's loss is to be
        multiplied to become that of the generator's.

        A gradient goes back through the discriminator image by image and linearly, so a factor an image changes one
        loss's into the other's (Shen et al. 2021, Training Generative Adversarial Networks in One Stage,
        https://arxiv.org/abs/2103.00430, section 3).

        Args:
            real: logits (N,) of real images.
            fake: logits (N,) of generated ones. The loss is one that :attr:`always_slopes`.
        """
        real, fake = real.detach().float(), fake.detach().float().requires_grad_()
        wanted = self.generator(fake, real if self.relativistic else None)
        (mine,) = torch.autograd.grad(wanted, fake)
        (theirs,) = torch.autograd.grad(self.discriminator(real, fake), fake)
        # A slope too small for a float stands for an image on which both learn nothing.
        return wanted.detach(), mine / theirs.where(theirs.abs() > SMALLEST_SLOPE, torch.inf)
