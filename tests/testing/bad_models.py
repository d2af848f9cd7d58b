"""A model that keeps the contract, and many that break it in one way each."""

import time

import numpy as np
import torch
from pydantic import field_validator
from torch import nn

import artgan
from artgan.models.gan import GANOptions


class Good(artgan.GAN):
    class Options(GANOptions):
        latent_dim: int = artgan.Field(8, ge=1, le=64, description="numbers in a latent")

    def __init__(self, options, data):
        super().__init__(options, data)
        pixels = data.channels * data.height * data.width
        self.generator = nn.Sequential(nn.Linear(options.latent_dim, pixels), nn.Tanh(), nn.Unflatten(1, data.shape))
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 8), nn.ReLU(), nn.Linear(8, 1))


class Styled(artgan.StyleModel, Good):
    """As good, with a style for each half of its latent's numbers."""

    def styles(self, latents, labels, truncation=1.0):
        return torch.stack(latents.mul(truncation).chunk(2, dim=1), dim=1)

    def synthesise(self, styles):
        return self.generator(styles.flatten(1))


class OneStyle(Styled):
    def styles(self, latents, labels, truncation=1.0):
        return latents * truncation


class IdleStyle(Styled):
    def synthesise(self, styles):
        return self.generator(styles[:, :1].repeat(1, 2, 1).flatten(1))


class OtherImages(Styled):
    def sample(self, latents, labels, truncation=1.0):
        return -super().sample(latents, labels, truncation)


class StylesOfOthers(Styled):
    def styles(self, latents, labels, truncation=1.0):
        found = super().styles(latents, labels, truncation)
        return found if truncation == 1 else found - found.mean(0)


class Undescribed(Good):
    class Options(GANOptions):
        width: int = 3


class ForgetsSuper(Good):
    def __init__(self, options, data):
        nn.Module.__init__(self)


class Crashes(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        if data.height != data.width:
            raise ValueError("not a square")


class Refuses(Good):
    def __init__(self, options, data):
        raise artgan.UserError("Only for 7x7.")


class NotScalar(Good):
    def generator_loss(self, batch):
        return {"loss": self.discriminate(self.generate(batch), None)}


class Detached(Good):
    def generator_loss(self, batch):
        return {"loss": self.discriminate(self.generate(batch), None).mean().detach()}


class PassesNothingOn(Good):
    def generate(self, batch):
        return super().generate(batch).detach().requires_grad_()


class NotFinite(Good):
    def discriminator_loss(self, batch):
        return {"loss": super().discriminator_loss(batch)["loss"] / 0.0}


class LosesFloats(Good):
    def generator_loss(self, batch):
        found = super().generator_loss(batch)
        return {**found, "value": found["loss"].item()}


class NoSuchNetwork(Good):
    def phases(self):
        yield artgan.Phase("critic", ("critic",), self.discriminator_loss)


class TwiceTheSame(Good):
    def phases(self):
        yield from super().phases()
        yield artgan.Phase("discriminator", ("generator",), self.generator_loss)


class Forgotten(Good):
    def phases(self):
        yield artgan.Phase("generator", ("generator",), self.generator_loss)


class HalfOptimised(Good):
    def optimizer(self, network, parameters):
        return super().optimizer(network, parameters[:-1])


class Still(Good):
    def optimizer(self, network, parameters):
        return torch.optim.SGD(parameters, lr=0.0)


class RandomElsewhere(Good):
    def generator_loss(self, batch):
        noise = np.random.default_rng().normal()
        return {"loss": super().generator_loss(batch)["loss"] * (1 + noise)}


class HiddenState(Good):
    shown = 0

    def generator_loss(self, batch):
        self.shown += 1
        return {"loss": super().generator_loss(batch)["loss"] * (1 + 0.1 * self.shown)}


class ReplaysItsCourse(Good):
    capturable = True

    def generator_loss(self, batch):
        return {"loss": super().generator_loss(batch)["loss"] * (1 + 0.1 * batch.step)}


class ReplaysItsSchedule(Good):
    capturable = True

    def before_step(self, batch):
        super().before_step(batch)
        self.weight = 1 - batch.fraction / 2

    def generator_loss(self, batch):
        return {"loss": super().generator_loss(batch)["loss"] * self.weight}


class ReplaysWhatItReplaces(Good):
    capturable = True

    def __init__(self, options, data):
        super().__init__(options, data)
        self.register_buffer("usual", torch.zeros(()))

    def generator_loss(self, batch):
        loss = super().generator_loss(batch)["loss"]
        self.usual = 0.9 * self.usual + 0.1 * loss.detach()
        return {"loss": loss}


class ReplaysNothing(Good):
    capturable = True

    def variant(self, batch):
        return batch.step


class LeansOnOtherPhases(Good):
    def phases(self):
        yield artgan.Phase("generator", ("generator",), self.generator_loss, interval=2)
        yield artgan.Phase("discriminator", ("discriminator",), self.lean)

    def lean(self, batch):
        fake = batch.memo.pop("fake")
        return {"loss": (self.discriminate(fake, None) - self.discriminate(batch.images, None)).mean()}


class OutOfRange(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents, labels, truncation) * 3 + 3


class WrongShape(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents, labels, truncation).flatten(1)


class Noisy(Good):
    def sample(self, latents, labels, truncation=1.0):
        return (super().sample(latents, labels, truncation) + 0.1 * torch.randn(())).clamp(-1, 1)


class LooksAround(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents - 5 * latents.mean(0), labels, truncation)


class KeepsLatents(Good):
    def sample(self, latents, labels, truncation=1.0):
        self.kept = latents
        time.sleep(0.005)
        return super().sample(self.kept, labels, truncation)


class Collapsed(Good):
    def sample(self, latents, labels, truncation=1.0):
        return super().sample(latents * 0, labels, truncation)


class DeafToLabels(Good):
    conditional = True

    def _call(self, network, inputs, labels):
        return network(inputs)


class OneScore(Good):
    def score(self, images, labels):
        return super().score(images, labels).mean()


class BadAverage(Good):
    averaged = ("generator", "painter")


class BadDecay(Good):
    def average_decay(self, images):
        return 1.0


class Idle(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        self.generator.spare = nn.Parameter(torch.zeros(3))


class Meddles(Good):
    def generator_loss(self, batch):
        with torch.no_grad():
            for parameter in self.discriminator.parameters():
                parameter.clamp_(-0.01, 0.01)
        return super().generator_loss(batch)


class SeedsTorch(Good):
    def discriminator_loss(self, batch):
        torch.manual_seed(batch.step)
        return super().discriminator_loss(batch)


class DrawsFromNumpy(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        np.random.seed(3)  # noqa: NPY002


class KeepsTheLiveOne(Good):
    def __init__(self, options, data):
        super().__init__(options, data)
        painter = [self.generator]
        self.paint = lambda latents: painter[0](latents)

    def sample(self, latents, labels, truncation=1.0):
        return self.paint(latents * truncation)


class TakesAnything(Good):
    class Options(GANOptions):
        latent_dim: int = artgan.Field(8, ge=1, le=64, description="numbers in a latent")

        @field_validator("latent_dim", mode="wrap")
        @classmethod
        def _forgive(cls, value, check):
            try:
                return check(value)
            except ValueError:
                return 8
