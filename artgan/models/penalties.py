"""Smoothness of a discriminator: gradient penalties, weight clipping and spectral normalisation."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from artgan.errors import UserError


def zero_centred(logits: Tensor, images: Tensor) -> Tensor:
    """Compute the zero-centred gradient penalty, without its weight: R1 on real images, R2 on generated ones.

    Mescheder, Geiger and Nowozin 2018, equations 9 and 10.

    Args:
        logits: (N,) the discriminator's logits of ``images``.
        images: (N, C, H, W) with ``requires_grad``.

    Returns:
        Scalar: the mean squared norm of the logits' gradient with respect to the images.
    """
    return _squared_slopes(logits, images).mean()


def one_centred(logits: Tensor, images: Tensor) -> Tensor:
    """Compute the gradient penalty of WGAN-GP, without its weight: it pulls the critic's slope towards 1.

    Gulrajani et al. 2017, equation 3. Shapes as for :func:`zero_centred`; ``images`` are those of :func:`between`.
    """
    # The square root has an infinite derivative at zero, and a new critic can be that flat.
    slopes = (_squared_slopes(logits, images) + 1e-12).sqrt()
    return (slopes - 1).square().mean()


def between(real: Tensor, fake: Tensor) -> Tensor:
    """Return random points on the straight lines between pairs of a real and a generated image (section 4 there)."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype)
    return torch.lerp(fake.detach().to(real.dtype), real.detach(), share)


def clip_weights(parameters: Iterable[nn.Parameter], limit: float) -> None:
    """Clamp every weight to [-limit, limit] (Arjovsky, Chintala and Bottou 2017, algorithm 1)."""
    with torch.no_grad():
        torch._foreach_clamp_min_(found := [p.detach() for p in parameters], -limit)
        torch._foreach_clamp_max_(found, limit)


def normalise_spectra(network: nn.Module) -> None:
    """Divide the weights of linear and convolutional layers by their largest singular value (Miyato et al. 2018).

    Raises:
        UserError: if a layer is initialised to zero, which rules this out.
    """
    layers = [m for m in network.modules() if isinstance(m, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))]
    for layer in layers:
        if not bool(layer.weight.detach().any()):
            raise UserError(
                "spectral_norm divides each layer by its largest singular value, but this discriminator has layers "
                "that are initialised to zero: leave it out, or choose another model."
            )
        spectral_norm(layer)


def _squared_slopes(logits: Tensor, images: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.float().square().sum(dim=(1, 2, 3))
