"""Refuse options of a recipe that contradict each other, and say why."""

from collections.abc import Callable, Iterator

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from artgan.errors import ArtganError, UserError
from artgan.models.gan_options import GANOptions
from artgan.models.losses import AdversarialLoss
from artgan.plugins.loading import load_class, registry
from artgan.plugins.specs import LossSpec


def has_batch_norm(network: nn.Module) -> bool:
    """Return whether any layer of ``network`` is batch norm."""
    return any(isinstance(module, _BatchNorm) for module in network.modules())


def check_option_combinations(options: GANOptions, loss: AdversarialLoss, discriminator: nn.Module) -> None:
    """Raise :class:`UserError`, with the reason, if parts of a recipe work against each other."""
    for reason in _reasons(options, loss, has_batch_norm(discriminator)):
        raise UserError(reason)


def _reasons(options: GANOptions, loss: AdversarialLoss, batch_norm: bool) -> Iterator[str]:
    name = options.loss
    penalties = [penalty for penalty in ("gp", "r1", "r2") if getattr(options, penalty)]
    if loss.critic:
        if not (penalties or options.clip or options.spectral_norm):
            yield (
                f"The {name} loss needs a critic whose slope is bounded, and nothing bounds it: "
                "set -o gp=10 (WGAN-GP), -o clip=0.01 (WGAN) or -o spectral_norm=true."
            )
        if options.augment and options.augment_p == "adaptive":
            yield (
                f"augment_p=adaptive reads the signs of D(real), but with the {name} loss zero has no meaning: "
                "set a fixed probability, such as -o augment_p=0.3."
            )
    elif options.clip:
        yield (
            f"clip bounds the slope of a critic; with the {name} loss it only makes the discriminator too weak to "
            f"learn: set -o clip=0{_or_a_loss(lambda one: one.critic)}."
        )
    if options.label_smoothing and not loss.log_odds:
        yield (
            f"label_smoothing lowers the target probability of real images, but the {name} loss has no "
            f"probabilities: set -o label_smoothing=0{_or_a_loss(lambda one: one.log_odds)}."
        )
    if batch_norm and penalties:
        yield (
            f"{penalties[0]} penalises the slope at each image separately, but batch norm in the discriminator mixes "
            f"the images of a batch: turn off batch norm in the discriminator, or set -o {penalties[0]}=0."
        )
    if batch_norm and options.spectral_norm:
        yield (
            "spectral_norm bounds the discriminator's slope, but batch norm scales it up again: turn one of them off."
        )
    if options.gp and (options.r1 or options.r2):
        other = "r1" if options.r1 else "r2"
        yield f"gp pulls the discriminator's slope to 1, but {other} pulls it to 0: set -o {other}=0 or -o gp=0."
    if options.clip and (options.gp or options.spectral_norm):
        other = "gp=0" if options.gp else "spectral_norm=false"
        yield f"clip and {other.partition('=')[0]} both bound the critic's slope: set -o clip=0 or -o {other}."
    if options.augment_p == "adaptive" and not options.augment:
        yield "augment_p=adaptive needs something to adapt: choose augmentations, such as -o augment=color,translation."
    elif options.augment_p != "adaptive" and not 0 <= options.augment_p <= 1:
        yield f"augment_p={options.augment_p} isn't a probability: use 0 to 1, or adaptive."


def _or_a_loss(suits: Callable[[type[AdversarialLoss]], bool]) -> str:
    """Return the end of a sentence that suggests an installed loss, preferably the default; empty if none suits."""
    known = registry()
    for name, spec in sorted(known.of(LossSpec).items(), key=lambda found: not found[1].default):
        try:
            if suits(load_class(spec, AdversarialLoss)):
                return f", or use --loss {name}"
        except ArtganError:
            continue
    return ""
