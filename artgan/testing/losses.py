"""Checks that a loss fulfils the contract of :class:`artgan.AdversarialLoss`."""

import math

import torch
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo
from artgan.models.gan import GAN, GANOptions
from artgan.models.losses import AdversarialLoss
from artgan.models.model import Model
from artgan.plugins.options import resolve
from artgan.plugins.specs import LossSpec, Spec
from artgan.testing.expect import calling, expect, find_class
from artgan.testing.suite import Suite, check, unchanged_randomness
from artgan.testing.trial_training import TrialTraining

IMAGES = ImageInfo(1, 8, 8)
COUNT = 16


def check_loss(loss: str | type[AdversarialLoss]) -> None:
    """Check that a loss pulls both networks in the right direction, stays finite, and trains a small GAN.

    Args:
        loss: the class, or the name of an installed loss.

    Raises:
        AssertionError: if a check fails.
    """
    LossSuite(find_class(loss, AdversarialLoss, LossSpec)).run()


class LossSuite(Suite):
    """The checks of a loss."""

    kind = LossSpec

    def __init__(self, loss: type[AdversarialLoss], spec: Spec | None = None) -> None:
        """See :func:`check_loss`."""
        super().__init__(spec.name if spec else loss.__name__, spec)
        self.loss, self.name = loss, loss.__name__

    def make(self) -> AdversarialLoss:
        """Return an instance, as a model makes it."""
        with calling(f"{self.name}()"):
            return self.loss()

    def generator(self, loss: AdversarialLoss, fake: Tensor, real: Tensor) -> Tensor:
        """Return the generator's loss, checked to be a scalar."""
        with calling(f"{self.name}.generator()"):
            found = loss.generator(fake, real if loss.relativistic else None)
        return self._scalar(found, "generator")

    def discriminator(self, loss: AdversarialLoss, real: Tensor, fake: Tensor) -> Tensor:
        """Return the discriminator's loss, checked to be a scalar."""
        with calling(f"{self.name}.discriminator()"):
            found = loss.discriminator(real, fake)
        return self._scalar(found, "discriminator")

    def _scalar(self, found: object, side: str) -> Tensor:
        what = f"{self.name}.{side}()"
        expect(isinstance(found, Tensor), f"{what} returned a {type(found).__name__}, not a tensor.")
        assert isinstance(found, Tensor)
        expect(found.dim() == 0, f"{what} has shape {tuple(found.shape)}; it should be a scalar: take its mean.")
        return found

    @check("Models read them to know what to compute and what to show.", "artgan.AdversarialLoss")
    def class_attributes(self) -> None:
        """Check that class attributes have the right types, and that no arguments are required."""
        for attribute in ("relativistic", "critic"):
            value = getattr(self.loss, attribute)
            expect(isinstance(value, bool), f"{self.name}.{attribute} is {value!r}, not a bool.")
        expect(isinstance(self.loss.paper, str), f"{self.name}.paper is {self.loss.paper!r}, not a string.")
        self.make()

    @check("A single value that isn't finite ruins hours of training.", "artgan.AdversarialLoss")
    def finite(self) -> None:
        """Check that both losses and their gradients are finite, for small and large logits, in fp32 and bf16."""
        loss = self.make()
        for size in (1.0, 100.0):
            for dtype in (torch.float32, torch.bfloat16):
                real = torch.linspace(-size, size, COUNT).to(dtype).requires_grad_()
                fake = torch.linspace(size, -size, COUNT).to(dtype).requires_grad_()
                for side, value in (
                    ("generator", self.generator(loss, fake, real.detach())),
                    ("discriminator", self.discriminator(loss, real, fake)),
                ):
                    what = f"{self.name}.{side}() of {dtype} logits from {-size:g} to {size:g}"
                    expect(math.isfinite(value.item()), f"{what} is {value.item()}.")
                    expect(value.requires_grad, f"{what} has no gradient.")
                    wanted = [fake] if side == "generator" else [real, fake]
                    for gradient in torch.autograd.grad(value, wanted, allow_unused=True):
                        expect(
                            gradient is None or bool(torch.isfinite(gradient).all()),
                            f"{what} has gradients that aren't finite.",
                        )

    @check("With a wrong sign, training runs for hours and learns nothing.", "artgan.AdversarialLoss.generator")
    def direction(self) -> None:
        """Check that the generator is rewarded for realistic images, and the discriminator for being right."""
        loss = self.make()
        high, low, middle = torch.full((COUNT,), 2.0), torch.full((COUNT,), -2.0), torch.zeros(COUNT)
        pleased, sorry = (float(self.generator(loss, fake, middle)) for fake in (high, low))
        expect(
            pleased < sorry,
            f"{self.name}.generator() is {pleased:.3g} when its images look real (logits 2) and {sorry:.3g} when they "
            "don't (-2). It is minimised, so the first should be smaller.",
        )
        right, wrong = float(self.discriminator(loss, high, low)), float(self.discriminator(loss, low, high))
        expect(
            right < wrong,
            f"{self.name}.discriminator() is {right:.3g} when it is right (real 2, generated -2) and {wrong:.3g} when "
            "it is wrong. It is minimised, so the first should be smaller.",
        )

    @check("Both networks learn from gradients alone.", "artgan.AdversarialLoss.discriminator")
    def gradients(self) -> None:
        """Check that gradients reach the logits of both sides."""
        loss = self.make()
        real = torch.linspace(-0.5, 0.5, COUNT).requires_grad_()
        fake = torch.linspace(0.4, -0.6, COUNT).requires_grad_()
        for what, value, logits in (
            ("generator() ignores generated images", self.generator(loss, fake, real.detach()), fake),
            ("discriminator() ignores real images", self.discriminator(loss, real, fake), real),
            ("discriminator() ignores generated images", self.discriminator(loss, real, fake), fake),
        ):
            expect(value.requires_grad, f"{self.name}.{what}: it has no gradient.")
            (gradient,) = torch.autograd.grad(value, logits, allow_unused=True)
            expect(
                gradient is not None and bool((gradient != 0).any()),
                f"{self.name}.{what}: no gradient reaches their logits.",
            )

    @check(
        "Checkpoints contain models only: state kept in a loss is lost when training stops.",
        "artgan.AdversarialLoss",
    )
    def stateless(self) -> None:
        """Check that the same logits give the same loss, and that no random numbers are drawn."""
        loss = self.make()
        real, fake = torch.linspace(-1, 2, COUNT), torch.linspace(-2, 1, COUNT)
        with unchanged_randomness(self.name):
            found = [
                (float(self.generator(loss, fake, real)), float(self.discriminator(loss, real, fake))) for _ in range(3)
            ]
        expect(found[0] == found[1] == found[2], f"{self.name} gives different values for the same logits: {found}.")

    @check("This is what a loss is for.", "artgan.GAN")
    def training(self) -> None:
        """Check that a small GAN trains with it."""

        def adapt(model: Model) -> None:
            assert isinstance(model, GAN)
            model.loss = self.make()

        trial = TrialTraining(
            Small, resolve(GANOptions, {"latent_dim": 8}, "the trial training"), IMAGES, 8, adapt=adapt
        )
        trial.train()
        trial.check_learning()


class Small(GAN):
    """Very small networks to try a loss on."""

    def __init__(self, options: GANOptions, data: ImageInfo) -> None:
        super().__init__(options, data)
        self.generator = nn.Sequential(
            nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 64), nn.Tanh(), nn.Unflatten(1, data.shape)
        )
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
