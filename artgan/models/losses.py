"""The contract of an adversarial loss: the losses of both networks, on the discriminator's logits."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from artgan.models.capturable import Capturable

# Names by which the failure monitor knows how images are classified, from 0 (generated) to 1 (real).
REAL, FAKE = "D(real)", "D(fake)"
SMALLEST_SLOPE = 1e-30


class AdversarialLoss(Capturable, ABC):
    """The losses of generator and discriminator. Subclass it, and name the subclass in a :class:`artgan.LossSpec`.

    Logits are (N,), high for real, unbounded; under mixed precision they may be bf16.

    Class attributes:
        paper: authors, year, title, equation, and where to read it.
        relativistic: whether the generator's loss also needs the logits of real images, which takes another pass
            through the discriminator.
        critic: whether logits are scores of an unbounded critic: only differences are meaningful, and its slope must be
            bounded by something.
        always_slopes: whether the discriminator's loss has a nonzero slope at every generated image, however certain it
            is; then a single backward pass through the discriminator can serve both networks.
        log_odds: whether the sigmoid of a logit is the probability that the image is real.
        capturable: whether its methods do the same work at every call and never wait for a tensor's value, so that a
            GPU may record and replay them (:meth:`artgan.LatentModel.variant`). Not inherited.
    """

    paper: ClassVar[str] = ""
    relativistic: ClassVar[bool] = False
    critic: ClassVar[bool] = False
    always_slopes: ClassVar[bool] = False
    log_odds: ClassVar[bool] = False

    @abstractmethod
    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        """Return the generator's loss, a scalar, from logits (N,) of generated images.

        ``real``: logits (N,) of equally many real images if :attr:`relativistic`, else None.
        """

    @abstractmethod
    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, a scalar, from logits (N,) of real and (N,) of generated images."""

    def shown(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Return what to log about logits (N,) of real and of generated images, by name.

        ``D(real)`` and ``D(fake)`` say how images are classified, from 0 (generated) to 1 (real), with 0.5 meaning
        undecided; the failure monitor knows these names. By default they are the sigmoids of the logits. The values of
        a critic don't fit that scale and are called ``critic(real)`` and ``critic(fake)``.
        """
        if self.critic:
            return {"critic(real)": real, "critic(fake)": fake}
        return {REAL: real.sigmoid(), FAKE: fake.sigmoid()}

    def exchange(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return the generator's loss, and factors (N,) that turn gradients of the discriminator's loss into its own.

        Gradients pass backwards through the discriminator linearly and separately for each image, so one factor per
        image turns the gradient of one loss into that of the other (Shen et al. 2021, Training Generative Adversarial
        Networks in One Stage, https://arxiv.org/abs/2103.00430, section 3).

        Args:
            real: logits (N,) of real images.
            fake: logits (N,) of generated images. The loss must have :attr:`always_slopes`.
        """
        real, fake = real.detach().float(), fake.detach().float().requires_grad_()
        wanted = self.generator(fake, real if self.relativistic else None)
        (mine,) = torch.autograd.grad(wanted, fake)
        (theirs,) = torch.autograd.grad(self.discriminator(real, fake), fake)
        # A slope too small for a float means that neither network learns from this image.
        return wanted.detach(), mine / theirs.where(theirs.abs() > SMALLEST_SLOPE, torch.inf)
