"""The options that every :class:`artgan.GAN` has."""

from typing import Any, ClassVar, Literal

from pydantic import model_validator

from artgan.models.augment import Name
from artgan.models.schedule import Decay
from artgan.plugins.loading import registry
from artgan.plugins.options import Field, LossName, Options
from artgan.plugins.specs import LossSpec


class GANOptions(Options):
    """Options of every :class:`artgan.GAN`; a subclass may change defaults and add its own.

    If a subclass has a field ``recipe`` and :attr:`recipes`, the chosen recipe sets the defaults of the other fields;
    whatever the user sets wins.
    """

    recipes: ClassVar[dict[str, dict[str, Any]]] = {}

    latent_dim: int = Field(100, ge=1, le=4096, description="numbers in a latent")
    loss: LossName = Field(
        default_factory=lambda: registry().default(LossSpec), description="adversarial loss, on logits"
    )
    lr_g: float = Field(2e-4, gt=0, lt=1, description="generator's learning rate")
    lr_d: float = Field(2e-4, gt=0, lt=1, description="discriminator's learning rate")
    lr_decay: Decay = Field("none", description="how both learning rates decay to 0 over the budget")
    lr_decay_from: float = Field(0.0, ge=0, lt=1, description="share of the budget before the decay starts")
    beta1: float = Field(0.5, ge=0, lt=1, description="Adam's decay of the first moment")
    beta2: float = Field(0.999, ge=0, lt=1, description="Adam's decay of the second moment")
    d_steps: int = Field(1, ge=1, le=100, description="discriminator steps per generator step")
    r1: float = Field(0.0, ge=0, le=1000, description="weight of the R1 gradient penalty; 0: off")
    r2: float = Field(0.0, ge=0, le=1000, description="weight of the R2 penalty (R1 on generated images); 0: off")
    r1_interval: int = Field(8, ge=1, le=1000, description="steps between R1 (and R2) penalties")
    gp: float = Field(0.0, ge=0, le=1000, description="weight of WGAN-GP's gradient penalty (paper: 10); 0: off")
    clip: float = Field(0.0, ge=0, le=10, description="limit of a critic's weights (WGAN: 0.01); 0: off")
    spectral_norm: bool = Field(False, description="spectral normalisation of the discriminator")
    freeze_d: int = Field(0, ge=0, le=1000, description="lowest layers of the discriminator to freeze (with --from)")
    label_smoothing: float = Field(
        0.0, ge=0, lt=0.5, description="real images have the target 1 minus this (0.1 is usual)"
    )
    instance_noise: float = Field(0.0, ge=0, le=2, description="noise on images D sees, decaying to 0 over the budget")
    augment: tuple[Name, ...] = Field((), description="augmentations of the images D sees")
    augment_p: Literal["adaptive"] | float = Field(
        1.0, description="probability of each augmentation, 0 to 1, or adaptive (ADA)"
    )
    ada_target: float = Field(0.6, gt=0, lt=1, description="adaptive: target for the mean sign of D(real)")
    ada_kimg: float = Field(100, gt=0, description="adaptive: minimum thousand images from probability 0 to 1")
    ema_kimg: float = Field(10, gt=0, description="half-life of the moving average, in thousand images")
    ema_rampup: float = Field(
        0.05, ge=0, le=1, description="limit of the half-life, as a share of images so far; 0: none"
    )

    @model_validator(mode="before")
    @classmethod
    def _apply_recipe(cls, values: Any) -> Any:
        field = cls.model_fields.get("recipe")
        if field is None or not isinstance(values, dict):
            return values
        return {**cls.recipes.get(values.get("recipe", field.default), {}), **values}
