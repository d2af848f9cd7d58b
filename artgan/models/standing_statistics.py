"""Batch-norm statistics of averaged networks, measured on the images they make.

Running statistics belong to the networks as they were during training. Their average is another network, and samples
visibly better with statistics of its own ("standing statistics", Brock, Donahue and Simonyan 2019, section 4.2).
"""

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from artgan.models.latent_model import LatentModel
from artgan.models.model import Model
from artgan.plugins.errors import plugin_call

LATENTS_PER_PASS = 128


@torch.no_grad()
def measure(model: Model, seed: int, count: int) -> None:
    """Replace the batch-norm statistics of the averaged networks in ``model`` by those of ``count`` sampled images.

    Does nothing if there is no batch norm, or if the model doesn't make images from latents: what it makes them from
    isn't known here.
    """
    norms = [
        module
        for name in model.averaged
        for module in getattr(model, name).modules()
        if isinstance(module, _BatchNorm) and module.track_running_stats
    ]
    if not norms or not isinstance(model, LatentModel):
        return
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
        norm.train()
    for _ in range(-(-count // LATENTS_PER_PASS)):
        latents = torch.randn(LATENTS_PER_PASS, *model.latent_shape, generator=generator)
        labels: Tensor | None = None
        if model.conditional:
            labels = torch.randint(model.data.labels, (LATENTS_PER_PASS,), generator=generator).to(device)
        with plugin_call():
            model.sample(latents.to(device), labels)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
