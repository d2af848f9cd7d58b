"""The options that every :class:`artgan.GAN` has."""

from typing import Any, ClassVar, Literal

from pydantic import model_validator

from artgan.models.augment import Name
from artgan.models.schedule import Decay
from artgan.plugins.loading import registry
from artgan.plugins.options import Field, LossName, Options
from artgan.plugins.specs import LossSpec


class GANOptions(Options):
    """Options that every :class:`artgan.GAN` has; a subclass may change defaults and add its own.

    A subclass with a field ``recipe`` and :attr:`recipes` gets the other fields' defaults from the recipe chosen;
    whatever the user sets wins.
    """

    recipes: ClassVar[dict[str, dict[str, Any]]] = {}

    latent_dim: int = Field(100, ge=1, le=4096, description="numbers in a latent")
    loss: LossName = Field(
        default_factory=lambda: registry().default(LossSpec), description="the game's loss, on logits"
    )
    lr_g: float = Field(2e-4, gt=0, lt=1, description="generator's learning rate")
    lr_d: float = Field(2e-4, gt=0, lt=1, description="discriminator's learning rate")
    lr_decay: Decay = Field("none", description="how both learning rates go to 0 over the budget")
    lr_decay_from: float = Field(0.0, ge=0, lt=1, description="share of the budget before the decay begins")
    beta1: float = Field(0.5, ge=0, lt=1, description="Adam's decay of the first moment")
    beta2: float = Field(0.999, ge=0, lt=1, description="Adam's decay of the second moment")
    d_steps: int = Field(1, ge=1, le=100, description="discriminator's steps a generator's step")
    r1: float = Field(0.0, ge=0, le=1000, description="weight of the R1 gradient penalty; 0 switches it off")
    r2: float = Field(0.0, ge=0, le=1000, description="weight of R2, the same on generated images; 0: off")
    r1_interval: int = Field(8, ge=1, le=1000, description="steps between two R1 (and R2) penalties")
    gp: float = Field(0.0, ge=0, le=1000, description="weight of WGAN-GP's gradient penalty (10 there); 0: off")
    clip: float = Field(0.0, ge=0, le=10, description="limit of a critic's weights (0.01 in WGAN); 0: off")
    spectral_norm: bool = Field(False, description="spectral normalisation of the discriminator")
    freeze_d: int = Field(0, ge=0, le=1000, description="lowest layers of the discriminator that don't learn (--from)")
    label_smoothing: float = Field(0.0, ge=0, lt=0.5, description="real images count as 1 minus this (0.1 is usual)")
    instance_noise: float = Field(0.0, ge=0, le=2, description="noise on what D sees, decaying to 0 over the budget")
    augment: tuple[Name, ...] = Field((), description="what is done to the images that D sees")
    augment_p: Literal["adaptive"] | float = Field(1.0, description="probability of each, 0 to 1, or adaptive (ADA)")
    ada_target: float = Field(0.6, gt=0, lt=1, description="adaptive: the mean sign of D(real) to hold")
    ada_kimg: float = Field(100, gt=0, description="adaptive: thousand images from probability 0 to 1, at most")
    ema_kimg: float = Field(10, gt=0, description="half-life of the moving average, in thousand images")
    ema_rampup: float = Field(0.05, ge=0, le=1, description="at most this share of the images so far; 0: no ramp-up")

    @model_validator(mode="before")
    @classmethod
    def _apply_recipe(cls, values: Any) -> Any:
        field = cls.model_fields.get("recipe")
        if field is None or not isinstance(values, dict):
            return values
        return {**cls.recipes.get(values.get("recipe", field.default), {}), **values}
