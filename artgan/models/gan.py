"""One generator against one discriminator: phases, optimisers and sampling that most models share."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from artgan.data.dataset import ImageInfo
from artgan.models import penalties
from artgan.models.losses import AdversarialLoss
from artgan.models.model import Batch, Model, Phase
from artgan.options import Field, LossName, Options
from artgan.plugins import load_class, registry
from artgan.specs import LossSpec


class GANOptions(Options):
    """Options that every :class:`GAN` has; a subclass may change defaults and add its own.

    A subclass with a field ``recipe`` and :attr:`recipes` gets the other fields' defaults from the recipe chosen;
    whatever the user sets wins.
    """

    recipes: ClassVar[dict[str, dict[str, Any]]] = {}

    latent_dim: int = Field(100, ge=1, le=4096, description="numbers in a latent")
    loss: LossName = Field("non-saturating", description="the game's loss, on logits")
    lr_g: float = Field(2e-4, gt=0, lt=1, description="generator's learning rate")
    lr_d: float = Field(2e-4, gt=0, lt=1, description="discriminator's learning rate")
    beta1: float = Field(0.5, ge=0, lt=1, description="Adam's decay of the first moment")
    beta2: float = Field(0.999, ge=0, lt=1, description="Adam's decay of the second moment")
    r1: float = Field(0.0, ge=0, le=1000, description="weight of the R1 gradient penalty; 0 switches it off")
    r1_interval: int = Field(8, ge=1, le=1000, description="steps between two R1 penalties")

    @model_validator(mode="before")
    @classmethod
    def _apply_recipe(cls, values: Any) -> Any:
        field = cls.model_fields.get("recipe")
        if field is None or not isinstance(values, dict):
            return values
        return {**cls.recipes.get(values.get("recipe", field.default), {}), **values}


class GAN(Model):
    """A generator and a discriminator. Assign ``self.generator`` and ``self.discriminator`` in ``__init__``.

    - ``generator(latents)`` makes images (N, C, H, W) in [-1, 1] from latents (N, latent_dim);
    - ``discriminator(images)`` gives logits (N,) or (N, 1), high for real.

    If :attr:`conditional`, both are called with a second argument, labels (N,) int64.
    """

    Options: ClassVar[type[Options]] = GANOptions

    generator: nn.Module
    discriminator: nn.Module

    def __init__(self, options: Any, data: ImageInfo) -> None:
        super().__init__(options, data)
        self.loss: AdversarialLoss = load_class(registry().find(LossSpec, options.loss), AdversarialLoss)()

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """(latent_dim,)."""
        return (self.options.latent_dim,)

    def phases(self) -> Iterable[Phase]:
        """The generator's phase, then the discriminator's on the same generated images, then R1 if it is on."""
        # Batch norm must see real and generated images apart; without it they can share one pass.
        self._joint_pass = not any(isinstance(m, _BatchNorm) for m in self.discriminator.modules())
        yield Phase("generator", ("generator",), self.generator_loss)
        yield Phase("discriminator", ("discriminator",), self.discriminator_loss)
        if self.options.r1 > 0:
            yield Phase("r1", ("discriminator",), self.r1_loss, interval=self.options.r1_interval)

    def optimizer(self, networks: Sequence[str], parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Adam, with the options' learning rate of that network."""
        options = self.options
        rate = options.lr_g if "generator" in networks else options.lr_d
        return torch.optim.Adam(parameters, lr=rate, betas=(options.beta1, options.beta2), fused=True)

    def generate(self, batch: Batch) -> Tensor:
        """Images from this step's latents, of the batch's labels if conditional."""
        return self._call(self.generator, batch.latents(*self.latent_shape), batch.labels)

    def discriminate(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Logits (N,)."""
        return self._call(self.discriminator, images, labels).flatten()

    def generator_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Make images and be judged; the images are left for the discriminator's phase of the same step."""
        images = self.generate(batch)
        batch.memo["fake"] = images.detach()
        real = None
        if self.loss.relativistic:
            with torch.no_grad():
                real = self.discriminate(batch.images, batch.labels)
        return {"loss": self.loss.generator(self.discriminate(images, batch.labels), real)}

    def discriminator_loss(self, batch: Batch) -> dict[str, Tensor]:
        """Tell real from generated images; logs D(real) and D(fake), as probabilities unless they are a critic's."""
        fake_images = batch.memo.pop("fake", None)
        if fake_images is None:
            with torch.no_grad():
                fake_images = self.generate(batch)
        if self._joint_pass:
            images = torch.cat([batch.images, fake_images.to(batch.images.dtype)])
            labels = None if batch.labels is None else batch.labels.repeat(2)
            real, fake = self.discriminate(images, labels).chunk(2)
        else:
            real = self.discriminate(batch.images, batch.labels)
            fake = self.discriminate(fake_images, batch.labels)
        shown = [logits.detach() if self.loss.critic else logits.detach().sigmoid() for logits in (real, fake)]
        return {"loss": self.loss.discriminator(real, fake), "D(real)": shown[0], "D(fake)": shown[1]}

    def r1_loss(self, batch: Batch) -> dict[str, Tensor]:
        """The lazy R1 penalty (Karras et al. 2020, appendix B): scaled up by its interval."""
        images = batch.images.detach().requires_grad_()
        penalty = penalties.r1(self.discriminate(images, batch.labels), images)
        return {"loss": penalty * (self.options.r1 / 2 * self.options.r1_interval)}

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Images (N, C, H, W); truncation pulls the latents towards their mean, which is zero."""
        return self._call(self.generator, latents * truncation, labels)

    def score(self, images: Tensor, labels: Tensor | None) -> Tensor | None:
        """The discriminator's logits (N,)."""
        return self.discriminate(images, labels)

    def _call(self, network: nn.Module, inputs: Tensor, labels: Tensor | None) -> Tensor:
        result: Tensor = network(inputs, labels) if self.conditional else network(inputs)
        return result
