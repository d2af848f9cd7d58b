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
    - ``discriminator(images)`` gives logits (N,) or (N, 1), high for real.

    If :attr:`conditional`, both are called with a second argument, labels (N,) int64.

    Penalties, augmentation, schedules and what else :class:`GANOptions` has work with any two networks.
    """

    Options: ClassVar[type[Options]] = GANOptions

    generator: nn.Module
    discriminator: nn.Module
    noise_level: Tensor

    def __init__(self, options: Any, data: ImageInfo) -> None:
        super().__init__(options, data)
        self.loss: AdversarialLoss = load_class(registry().find(LossSpec, options.loss), AdversarialLoss)()
        self._rates = LearningRates(options.lr_decay, options.lr_decay_from)
        # What the discriminator is shown instead of the images as they are; nothing by default.
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
        """Refuse what makes no sense together; normalise and freeze the discriminator as far as that is asked for."""
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
        """(latent_dim,)."""
        return (self.options.latent_dim,)

    @property
    def average_rampup(self) -> float:
        """Option ``ema_rampup``."""
        return float(self.options.ema_rampup)

    def average_decay(self, images: int) -> float:
        """By the half-life of option ``ema_kimg``."""
        return float(0.5 ** (images / (1000 * self.options.ema_kimg)))

    def phases(self) -> Iterable[Phase]:
        """The generator's phase, then the discriminator's on the same generated images, then lazy penalties.

        Both become one phase, with the same result in less time, where that can be: see :meth:`game_loss`. A penalty
        that is due at every step is part of the discriminator's loss instead, as in the papers.
        """
        options = self.options
        # What looks at a whole batch must see real and generated images apart; others can share one pass.
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
        """Adam, with the options' learning rate of that network."""
        options = self.options
        rate = options.lr_g if network == "generator" else options.lr_d
        optimizer = Adam(parameters, lr=rate, betas=(options.beta1, options.beta2), fused=True)
        if options.lr_decay != "none":
            self._rates.follow(optimizer)
        if options.clip and network == "discriminator":
            optimizer.register_step_post_hook(lambda *_: penalties.clip_weights(parameters, options.clip))
        return optimizer

    def before_step(self, batch: Batch) -> None:
        """Set the learning rates and the level of the noise for the step."""
        if self.options.lr_decay != "none":
            self._rates.set(batch.fraction)
        if self.options.instance_noise:
            self.noise_level.fill_(instance_noise(self.options.instance_noise, batch.fraction))

    def variant(self, batch: Batch) -> Hashable | None:
        """In which of the steps between two adjustments of adaptive augmentation it is; None if the loss forbids."""
        if not self.loss.capturable:
            return None
        return batch.step % STEPS_BETWEEN_ADJUSTMENTS if self._adaptive else 0

    def generate(self, batch: Batch) -> Tensor:
        """Images from this step's latents, of the batch's labels if conditional."""
        return self._call(self.generator, batch.latents(*self.latent_shape), batch.labels)

    def discriminate(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Logits (N,)."""
        return self._call(self.discriminator, images, labels).flatten()

    def judge(self, real_images: Tensor, fake_images: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits (N,) of both, as the discriminator is shown them: in one pass where each image is judged by itself."""
        labels = batch.labels
        if not self._joint_pass:
            return self.discriminate(real_images, labels), self.discriminate(fake_images, labels)
        images = channels_last(torch.cat([real_images, fake_images.to(real_images.dtype)]))
        logits = batch.memo["logits"] = self.discriminate(images, None if labels is None else labels.repeat(2))
        real, fake = logits.chunk(2)
        return real, fake

    def show(self, images: Tensor, batch: Batch) -> Tensor:
        """Images as the discriminator gets to see them while it trains: augmented, with noise, or as they are."""
        for view in self._views:
            images = view(images, batch)
        return images

    def generator_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Make images and be judged; the images are left for the discriminator's phase of the same step."""
        images = self.generate(batch)
        batch.memo["fake"] = images.detach()
        fake, real = self.discriminate(self.show(images, batch), batch.labels), None
        if self.loss.relativistic:
            with torch.no_grad():
                real = self.discriminate(self.show(batch.images, batch), batch.labels)
        return {"loss": self.loss.generator(fake, real)}

    def discriminator_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Tell real from generated images; logs what the loss has to say of both (D(real), D(fake)), and penalties."""
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
        """Both sides in one pass: what the discriminator minimises, whose gradient turns into the generator's own
        where it arrives at the generated images (:meth:`artgan.AdversarialLoss.exchange`).
        """
        images = self.generate(batch)
        batch.memo["fake"] = images
        found = self.discriminator_loss(batch)
        wanted, factors = self.loss.exchange(*batch.memo["logits"].chunk(2))
        images.register_hook(lambda gradient: gradient * factors.to(gradient.dtype).view(-1, 1, 1, 1))
        batch.memo["fake"] = images.detach()
        return {**found, "generator": wanted}

    def lazy_penalty(self, name: str, real: bool, batch: Batch) -> dict[str, Tensor]:
        """R1 or R2 every few steps, scaled up by its interval (Karras et al. 2020, appendix B)."""
        shown = self.show(batch.images if real else self._generated(batch), batch)
        images = shown.detach().requires_grad_()
        penalty = penalties.zero_centred(self.discriminate(images, batch.labels), images)
        return {"loss": penalty * (getattr(self.options, name) / 2 * self.options.r1_interval)}

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Images (N, C, H, W); truncation pulls the latents towards their mean, which is zero."""
        return self._call(self.generator, latents * truncation, labels)

    def score(self, images: Tensor, labels: Tensor | None) -> Tensor | None:
        """The discriminator's logits (N,)."""
        return self.discriminate(images, labels)

    def _generated(self, batch: Batch) -> Tensor:
        """This step's generated images, without gradient: those of the generator's phase if it ran."""
        if "fake" not in batch.memo:
            with torch.no_grad():
                batch.memo["fake"] = self.generate(batch)
        return batch.memo["fake"]

    def _every_step(self, penalty: str) -> bool:
        """Whether ``"r1"`` or ``"r2"`` is due at every step, and so is part of the discriminator's loss."""
        return bool(getattr(self.options, penalty) > 0) and self.options.r1_interval == 1

    def _plays_in_one_pass(self) -> bool:
        """Whether the discriminator judges each image by itself, and its loss is all that comes to generated ones."""
        options = self.options
        sides = ("generator_loss", "discriminator_loss", "judge")
        as_it_is = all(getattr(type(self), name) is getattr(GAN, name) for name in sides)
        # Factors between slopes leave the range of 16 bits, and each optimiser is scaled by itself.
        if self.gradients_are_scaled or self._every_step("r2"):
            return False
        return as_it_is and self.loss.always_slopes and self._joint_pass and options.d_steps == 1

    def _call(self, network: nn.Module, inputs: Tensor, labels: Tensor | None) -> Tensor:
        result: Tensor = network(inputs, labels) if self.conditional else network(inputs)
        return result
