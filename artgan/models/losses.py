"""Adversarial losses on logits, as functions of the discriminator's logits for real and for generated images."""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, slots=True)
class AdversarialLoss:
    """A game's two sides: ``generator(fake)`` and ``discriminator(real, fake)``, logits (N,) in, a scalar out."""

    generator: Callable[[Tensor], Tensor]
    discriminator: Callable[[Tensor, Tensor], Tensor]


def _minimax_generator(fake: Tensor) -> Tensor:
    return F.softplus(-fake).mean()


def _minimax_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def _hinge_generator(fake: Tensor) -> Tensor:
    return -fake.mean()


def _hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def _least_squares_generator(fake: Tensor) -> Tensor:
    return (fake - 1).square().mean()


def _least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return (real - 1).square().mean() + fake.square().mean()


LOSSES = {
    # Goodfellow et al. 2014, section 3: the minimax game, with the generator's non-saturating objective. softplus of
    # the logit is binary cross-entropy of its sigmoid, without the overflow.
    "non-saturating": AdversarialLoss(_minimax_generator, _minimax_discriminator),
    # Lim and Ye 2017, equations 10 and 11.
    "hinge": AdversarialLoss(_hinge_generator, _hinge_discriminator),
    # Mao et al. 2017, equation 9, with a = 0, b = c = 1.
    "least-squares": AdversarialLoss(_least_squares_generator, _least_squares_discriminator),
}
