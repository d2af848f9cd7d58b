"""Exponential moving average of a model's networks, which samples better than the networks themselves."""

import copy

import torch
from torch import nn

from artgan.models import standing_statistics
from artgan.models.model import Model

IMAGES_BETWEEN_UPDATES = 512


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

    def refresh_statistics(self, seed: int, count: int) -> None:
        """Measure the averaged networks' batch-norm statistics on ``count`` images; see :mod:`.standing_statistics`."""
        standing_statistics.measure(self.model, seed, count)


def _copy(model: Model) -> Model:
    """Return a copy in evaluation mode that shares with ``model`` whatever isn't averaged."""
    shared: dict[int, nn.Module] = {
        id(child): child for name, child in model.named_children() if name not in model.averaged
    }
    twin = copy.deepcopy(model, memo=dict(shared))
    for name in model.averaged:
        getattr(twin, name).eval().requires_grad_(False)
    return twin
