"""Test whether a discriminator judges each image independently, so that real and generated ones can share a batch."""

import copy

import torch
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo

IMAGES = 4
# Zero-initialised layers would mask dependencies.
SHAKE = 0.02


def is_batch_independent(discriminator: nn.Module, data: ImageInfo, conditional: bool) -> bool:
    """Return whether no logit depends on the other images of the batch, as it does with batch norm.

    Determined by a trial: a slightly perturbed copy judges ``IMAGES`` random images, and the gradient of one logit
    shows which images it depends on. False if the trial fails.
    """
    first = next(discriminator.parameters(), None)
    if first is None:
        return False
    device = first.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), torch.enable_grad():
        torch.manual_seed(0)
        trial = copy.deepcopy(discriminator).train()
        with torch.no_grad():
            for parameter in trial.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=SHAKE)
        images = torch.randn(IMAGES, data.channels, data.height, data.width, device=device).requires_grad_()
        labels: list[Tensor] = [torch.zeros(IMAGES, dtype=torch.int64, device=device)] if conditional else []
        try:
            logits = trial(images, *labels).flatten()
            (gradient,) = torch.autograd.grad(logits[0], images)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
            return False
    slopes = gradient.flatten(1).abs().amax(1)
    return len(logits) == IMAGES and bool(slopes[0] > 0) and not bool(slopes[1:].any())
