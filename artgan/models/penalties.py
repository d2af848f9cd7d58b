"""Gradient penalties that keep a discriminator smooth."""

import torch
from torch import Tensor


def r1(real_logits: Tensor, images: Tensor) -> Tensor:
    """Zero-centred gradient penalty on real images, without its weight.

    Mescheder, Geiger and Nowozin 2018, equation 9.

    Args:
        real_logits: (N,) the discriminator's logits of ``images``.
        images: (N, C, H, W) with ``requires_grad``.

    Returns:
        Scalar: the mean squared norm of the logits' gradient with respect to the images.
    """
    (gradient,) = torch.autograd.grad(real_logits.sum(), images, create_graph=True)
    return gradient.float().square().sum(dim=(1, 2, 3)).mean()
