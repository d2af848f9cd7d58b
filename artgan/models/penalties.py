"""What keeps a discriminator smooth: gradient penalties, weight clipping, spectral normalisation."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from artgan.errors import UserError


def zero_centred(logits: Tensor, images: Tensor) -> Tensor:
    """The zero-centred gradient penalty, without its weight: R1 on real images, R2 on generated ones.

    Mescheder, Geiger and Nowozin 2018, equations 9 and 10.

    Args:
        logits: (N,) the discriminator's logits of ``images``.
        images: (N, C, H, W) with ``requires_grad``.

    Returns:
        Scalar: the mean squared norm of the logits' gradient with respect to the images.
    """
    return _squared_slopes(logits, images).mean()


def one_centred(logits: Tensor, images: Tensor) -> Tensor:
    """The gradient penalty of WGAN-GP, without its weight: it pulls the critic's slope to 1.

    Gulrajani et al. 2017, equation 3. Shapes as for :func:`zero_centred`; ``images`` are those of :func:`between`.
    """
    # The root's derivative at zero is infinite, and a fresh critic can be that flat.
    slopes = (_squared_slopes(logits, images) + 1e-12).sqrt()
    return (slopes - 1).square().mean()


def between(real: Tensor, fake: Tensor) -> Tensor:
    """Images at random on the straight lines between pairs of a real and a generated one (the same, section 4)."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype)
    return torch.lerp(fake.detach().to(real.dtype), real.detach(), share)


def clip_weights(parameters: Iterable[nn.Parameter], limit: float) -> None:
    """Bring every weight into [-limit, limit] (Arjovsky, Chintala and Bottou 2017, algorithm 1)."""
    with torch.no_grad():
        torch._foreach_clamp_min_(found := [p.detach() for p in parameters], -limit)
        torch._foreach_clamp_max_(found, limit)


def normalise_spectra(network: nn.Module) -> None:
    """Divide the weights of dense and convolutional layers by their largest singular value (Miyato et al. 2018).

    Raises:
        UserError: if a layer starts at zero, which can't be divided so.
    """
    layers = [m for m in network.modules() if isinstance(m, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))]
    for layer in layers:
        if not bool(layer.weight.detach().any()):
            raise UserError(
                "spectral_norm divides each layer by its largest singular value, and this discriminator has layers "
                "that begin at zero: leave it off, or choose another model."
            )
        spectral_norm(layer)


def _squared_slopes(logits: Tensor, images: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.float().square().sum(dim=(1, 2, 3))
