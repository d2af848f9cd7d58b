"""One generator against one discriminator: phases, optimisers and sampling that most models share."""

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from artgan.compat.adam import Adam
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.models import penalties
from artgan.models.augment import STEPS_BETWEEN_ADJUSTMENTS, Augment
from artgan.models.batch_independence import is_batch_independent
from artgan.models.freeze import freeze_lowest
from artgan.models.gan_options import GANOptions
from artgan.models.latent_model import LatentModel
from artgan.models.layers import channels_last
from artgan.models.losses import AdversarialLoss
from artgan.models.model import Phase
from artgan.models.option_checks import check_option_combinations
from artgan.models.schedule import LearningRates, instance_noise
from artgan.plugins.loading import load_class, registry
from artgan.plugins.options import Options
from artgan.plugins.specs import LossSpec

__all__ = ["GAN", "GANOptions"]


class GAN(LatentModel):
    """A generator and a discriminator. Assign ``self.generator`` and ``self.discriminator`` in ``__init__``.

    - ``generator(latents)`` makes images (N, C, H, W) in [-1, 1] from latents (N, latent_dim);
    - ``discriminator(images)`` returns logits (N,) or (N, 1), high for real.

    If :attr:`conditional`, both are called with a second argument, labels (N,) int64.

    Penalties, augmentation, schedules and the other :class:`GANOptions` work with any two networks.
    """

    Options: ClassVar[type[Options]] = GANOptions

    generator: nn.Module
    discriminator: nn.Module
    noise_level: Tensor

    def __init__(self, options: Any, data: ImageInfo) -> None:
        super().__init__(options, data)
        self.loss: AdversarialLoss = load_class(registry().find(LossSpec, options.loss), AdversarialLoss)()
        self._rates = LearningRates(options.lr_decay, options.lr_decay_from)
        # Changes to the images before the discriminator sees them; none by default.
        self._views: list[Callable[[Tensor, Batch], Tensor]] = []
        self._adaptive = options.augment_p == "adaptive"
        if options.augment:
            probability = None if self._adaptive else options.augment_p
            self.augment = Augment(options.augment, probability, options.ada_target, options.ada_kimg)
            self._views.append(lambda images, batch: self.augment(images))
        if options.instance_noise:
            self.register_buffer("noise_level", torch.tensor(float(options.instance_noise)), persistent=False)
            self._views.append(lambda images, batch: images + torch.randn_like(images) * self.noise_level)

    def built(self) -> None:
        """Refuse contradictory options; normalise and freeze the discriminator if asked for."""
        check_option_combinations(self.options, self.loss, self.discriminator)
        if self.options.spectral_norm:
            penalties.normalise_spectra(self.discriminator)
        if self.options.freeze_d:
            freeze_lowest(self.discriminator, self.options.freeze_d, self.data, self.conditional)

    def notices(self, from_scratch: bool) -> Iterable[str]:
        """Yield a warning if layers are frozen that never learnt anything."""
        if from_scratch and self.options.freeze_d:
            yield "freeze_d freezes layers of the discriminator that haven't learnt anything: use it with --from RUN."

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of a latent: (latent_dim,)."""
        return (self.options.latent_dim,)

    @property
    def average_rampup(self) -> float:
        """The option ``ema_rampup``."""
        return float(self.options.ema_rampup)

    def average_decay(self, images: int) -> float:
        """Decay with the half-life of the option ``ema_kimg``."""
        return float(0.5 ** (images / (1000 * self.options.ema_kimg)))

    def phases(self) -> Iterable[Phase]:
        """Yield the generator's phase, the discriminator's on the same generated images, and lazy penalties.

        Where possible, the first two become a single phase with the same result in less time: see :meth:`game_loss`. A
        penalty at every step is part of the discriminator's loss instead, as in the papers.
        """
        options = self.options
        # A discriminator that compares images of a batch must see real and generated ones separately.
        self._joint_pass = is_batch_independent(self.discriminator, self.data, self.conditional)
        penalised = options.gp > 0 or self._every_step("r1") or self._every_step("r2")
        if self._plays_in_one_pass():
            both = ("generator", "discriminator")
            yield Phase("discriminator", both, self.game_loss, second_order=penalised)
        else:
            yield Phase("generator", ("generator",), self.generator_loss, interval=options.d_steps)
            yield Phase("discriminator", ("discriminator",), self.discriminator_loss, second_order=penalised)
        if options.r1_interval > 1:
            for name, real in (("r1", True), ("r2", False)):
                if getattr(options, name) > 0:
                    loss = partial(self.lazy_penalty, name, real)
                    yield Phase(name, ("discriminator",), loss, options.r1_interval, second_order=True)

    def optimizer(self, network: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return Adam with the network's learning rate from the options."""
        options = self.options
        rate = options.lr_g if network == "generator" else options.lr_d
        optimizer = Adam(parameters, lr=rate, betas=(options.beta1, options.beta2), fused=True)
        if options.lr_decay != "none":
            self._rates.follow(optimizer)
        if options.clip and network == "discriminator":
            optimizer.register_step_post_hook(lambda *_: penalties.clip_weights(parameters, options.clip))
        return optimizer

    def before_step(self, batch: Batch) -> None:
        """Set the learning rates and the noise level for the step."""
        if self.options.lr_decay != "none":
            self._rates.set(batch.fraction)
        if self.options.instance_noise:
            self.noise_level.fill_(instance_noise(self.options.instance_noise, batch.fraction))

    def variant(self, batch: Batch) -> Hashable | None:
        """Return the step's place between adjustments of adaptive augmentation; None if the loss isn't capturable."""
        if not self.loss.capturable:
            return None
        return batch.step % STEPS_BETWEEN_ADJUSTMENTS if self._adaptive else 0

    def generate(self, batch: Batch) -> Tensor:
        """Generate images from this step's latents, with the batch's labels if conditional."""
        return self._call(self.generator, batch.latents(*self.latent_shape), batch.labels)

    def discriminate(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Return logits (N,)."""
        return self._call(self.discriminator, images, labels).flatten()

    def judge(self, real_images: Tensor, fake_images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return logits (N,) of real and of generated images, in one pass if images are judged independently."""
        labels = batch.labels
        if not self._joint_pass:
            return self.discriminate(real_images, labels), self.discriminate(fake_images, labels)
        images = channels_last(torch.cat([real_images, fake_images.to(real_images.dtype)]))
        logits = batch.memo["logits"] = self.discriminate(images, None if labels is None else labels.repeat(2))
        real, fake = logits.chunk(2)
        return real, fake

    def show(self, images: Tensor, batch: Batch) -> Tensor:
        """Return images as the discriminator sees them in training: augmented, with noise, or unchanged."""
        for view in self._views:
            images = view(images, batch)
        return images

    def generator_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Compute the generator's loss; its images are kept for the discriminator's phase of the same step."""
        images = self.generate(batch)
        batch.memo["fake"] = images.detach()
        fake, real = self.discriminate(self.show(images, batch), batch.labels), None
        if self.loss.relativistic:
            with torch.no_grad():
                real = self.discriminate(self.show(batch.images, batch), batch.labels)
        return {"loss": self.loss.generator(fake, real)}

    def discriminator_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Compute the discriminator's loss with its penalties; also logs D(real), D(fake) or what the loss shows."""
        options = self.options
        r1, r2 = self._every_step("r1"), self._every_step("r2")
        real_images = self.show(batch.images, batch).requires_grad_(r1)
        fake_images = self.show(self._generated(batch), batch)
        if r2:
            fake_images.requires_grad_()
        real, fake = self.judge(real_images, fake_images, batch)
        found = {"loss": self.loss.discriminator(real, fake)}
        if options.label_smoothing:
            # Salimans et al. 2016, section 3.4: cross-entropy against 1 - s is that against 1 plus s times the logit.
            found["loss"] = found["loss"] + options.label_smoothing * real.float().mean()
        if r1:
            found["slope(real)"] = penalties.zero_centred(real, real_images)
            found["loss"] = found["loss"] + options.r1 / 2 * found["slope(real)"]
        if r2:
            found["slope(fake)"] = penalties.zero_centred(fake, fake_images)
            found["loss"] = found["loss"] + options.r2 / 2 * found["slope(fake)"]
        if options.gp:
            images = penalties.between(real_images, fake_images).requires_grad_()
            found["gp"] = penalties.one_centred(self.discriminate(images, batch.labels), images)
            found["loss"] = found["loss"] + options.gp * found["gp"]
        if self._adaptive:
            margins = real - fake if self.loss.relativistic else real
            self.augment.adjust(margins.detach(), batch.step, len(batch) * batch.shard[1])
            found["augment_p"] = self.augment.state[0].clone()
        return {**found, **self.loss.shown(real.detach(), fake.detach())}

    def game_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Compute both losses in one pass.

        It is the discriminator's loss, whose gradient is turned into that of the generator's where it arrives at the
        generated images (:meth:`artgan.AdversarialLoss.exchange`).
        """
        images = self.generate(batch)
        batch.memo["fake"] = images
        found = self.discriminator_loss(batch)
        wanted, factors = self.loss.exchange(*batch.memo["logits"].chunk(2))
        images.register_hook(lambda gradient: gradient * factors.to(gradient.dtype).view(-1, 1, 1, 1))
        batch.memo["fake"] = images.detach()
        return {**found, "generator": wanted}

    def lazy_penalty(self, name: str, real: bool, batch: Batch) -> dict[str, Tensor]:
        """Compute R1 or R2, scaled up by its interval (Karras et al. 2020, appendix B)."""
        shown = self.show(batch.images if real else self._generated(batch), batch)
        images = shown.detach().requires_grad_()
        penalty = penalties.zero_centred(self.discriminate(images, batch.labels), images)
        return {"loss": penalty * (getattr(self.options, name) / 2 * self.options.r1_interval)}

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Return images (N, C, H, W); truncation pulls latents towards their mean, which is zero."""
        return self._call(self.generator, latents * truncation, labels)

    def score(self, images: Tensor, labels: Tensor | None) -> Tensor | None:
        """Return the discriminator's logits (N,)."""
        return self.discriminate(images, labels)

    def _generated(self, batch: Batch) -> Tensor:
        """Return this step's generated images, without gradient: those of the generator's phase if it ran."""
        if "fake" not in batch.memo:
            with torch.no_grad():
                batch.memo["fake"] = self.generate(batch)
        return batch.memo["fake"]

    def _every_step(self, penalty: str) -> bool:
        """Return whether ``"r1"`` or ``"r2"`` is due at every step, as part of the discriminator's loss."""
        return bool(getattr(self.options, penalty) > 0) and self.options.r1_interval == 1

    def _plays_in_one_pass(self) -> bool:
        """Return whether images are judged independently and generated ones get gradients from one loss only."""
        options = self.options
        sides = ("generator_loss", "discriminator_loss", "judge")
        as_it_is = all(getattr(type(self), name) is getattr(GAN, name) for name in sides)
        # Factors between slopes exceed the range of 16 bits, and each optimiser is scaled separately.
        if self.gradients_are_scaled or self._every_step("r2"):
            return False
        return as_it_is and self.loss.always_slopes and self._joint_pass and options.d_steps == 1

    def _call(self, network: nn.Module, inputs: Tensor, labels: Tensor | None) -> Tensor:
        result: Tensor = network(inputs, labels) if self.conditional else network(inputs)
        return result
