"""The moving average of a model's networks, which samples better than the networks themselves."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from artgan.models.model import Model

IMAGES_BETWEEN_UPDATES = 512
LATENTS_A_PASS = 128


class EMA:
    """A copy of a model whose ``averaged`` networks are exponential moving averages (Yazici et al. 2019).

    Updating it at every step would cost as much memory traffic as half an optimiser step; an update every few steps
    with the decay of all of them at once gives the same average but for what happens in between.

    Attributes:
        model: the copy; networks that are not averaged are shared with the original.
    """

    def __init__(self, model: Model, batch_size: int, warmup: bool = True) -> None:
        """Copy ``model``; ``warmup``: forget the first steps faster, which weights from another run don't need."""
        self.source = model
        self.model = _copy(model)
        self.interval = max(1, IMAGES_BETWEEN_UPDATES // batch_size)
        self.batch_size = batch_size
        self.rampup = model.average_rampup if warmup else 0.0
        self._pairs = [
            (mine, theirs)
            for name in model.averaged
            for mine, theirs in zip(
                getattr(self.model, name).parameters(), getattr(model, name).parameters(), strict=True
            )
        ]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the networks after ``step`` steps, if it is time to."""
        if step % self.interval or not self._pairs:
            return
        images = self.interval * self.batch_size
        decay = self.source.average_decay(images)
        if self.rampup:
            # At the start there is little to remember.
            decay = min(decay, 0.5 ** (images / max(1.0, self.rampup * step * self.batch_size)))
        mine, theirs = zip(*self._pairs, strict=True)
        torch._foreach_lerp_(mine, [tensor.detach() for tensor in theirs], 1 - decay)

    @torch.no_grad()
    def refresh_statistics(self, seed: int, count: int) -> None:
        """Measure the batch-norm statistics of the averaged networks anew, on ``count`` latents.

        Running statistics belong to the networks as they were while training; the average is another network, and
        samples visibly better with its own ("standing statistics", Brock, Donahue and Simonyan 2019, section 4.2).
        """
        norms = [
            module
            for name in self.model.averaged
            for module in getattr(self.model, name).modules()
            if isinstance(module, _BatchNorm) and module.track_running_stats
        ]
        if not norms:
            return
        device = next(self.model.parameters()).device
        generator = torch.Generator().manual_seed(seed)
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean of all batches
            norm.train()
        for _ in range(-(-count // LATENTS_A_PASS)):
            latents = torch.randn(LATENTS_A_PASS, *self.model.latent_shape, generator=generator)
            labels: Tensor | None = None
            if self.model.conditional:
                labels = torch.randint(self.model.data.labels, (LATENTS_A_PASS,), generator=generator).to(device)
            self.model.sample(latents.to(device), labels)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.eval()


def _copy(model: Model) -> Model:
    """Return a copy in evaluation mode that shares with ``model`` whatever isn't averaged."""
    shared: dict[int, nn.Module] = {
        id(child): child for name, child in model.named_children() if name not in model.averaged
    }
    twin = copy.deepcopy(model, memo=dict(shared))
    for name in model.averaged:
        getattr(twin, name).eval().requires_grad_(False)
    return twin
