"""A hand-written training loop for one generator and one discriminator: artgan's arithmetic without a framework.

The extra time of artgan's trainer is the cost of phases, feed, events, display, metrics and Fabric.
"""

import time
from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.data.feed import _tensor
from artgan.data.prepare import Prepared
from artgan.models.gan import GAN
from artgan.models.layers import channels_last
from benchmarks.loops import BATCH

AVERAGED_EVERY = 8


class MinimalLoop:
    """Non-saturating loss on logits, lazy R1, a moving average of the generator, fused Adam, autocast."""

    def __init__(self, model: GAN, prepared: Prepared, device: torch.device, precision: str) -> None:
        """Take a ``model`` that artgan's engine has placed, so that memory layouts are the same on both sides."""
        self.generator, self.discriminator = model.generator, model.discriminator
        self.conditional, self.options, self.device = model.conditional, model.options, device
        self.precision = precision
        self.images = _tensor(prepared.images)
        self.labels = None if prepared.labels is None else _tensor(prepared.labels)
        self.average = [p.detach().clone() for p in model.generator.parameters()]
        betas = (self.options.beta1, self.options.beta2)
        self.optimizer_g = torch.optim.Adam(model.generator.parameters(), lr=self.options.lr_g, betas=betas, fused=True)
        self.optimizer_d = torch.optim.Adam(
            model.discriminator.parameters(), lr=self.options.lr_d, betas=betas, fused=True
        )
        self.order = torch.randperm(len(self.images))
        self.step = 0

    def images_per_second(self, seconds: float) -> float:
        """Train for ``seconds``; return real images shown per second."""
        began, first = time.perf_counter(), self.step
        while (spent := time.perf_counter() - began) < seconds:
            self._train_step()
            self.step += 1
        return (self.step - first) * BATCH / spent

    def _train_step(self) -> None:
        start = self.step * BATCH % (len(self.order) - BATCH)
        chosen = self.order[start : start + BATCH]
        real = self.images.index_select(0, chosen).to(self.device)
        real = real.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1)
        labels = self.labels.index_select(0, chosen).to(self.device) if self.labels is not None else None

        for network in (self.generator, self.discriminator):
            network.requires_grad_(True)
        self.optimizer_g.zero_grad()
        self.optimizer_d.zero_grad()
        with self._autocast():
            fake = self._call(self.generator, torch.randn(BATCH, self.options.latent_dim).to(self.device), labels)
            both = None if labels is None else labels.repeat(2)
            images = channels_last(torch.cat([real, fake.to(real.dtype)]))
            on_real, on_fake = self._judge(images, both).chunk(2)
            loss = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        # A single pass for both sides: factors that turn the gradient of softplus(x) into that of softplus(-x).
        factors = -torch.exp(-on_fake.detach().float()).view(-1, 1, 1, 1)
        fake.register_hook(lambda gradient: gradient * factors.to(gradient.dtype))
        loss.backward()
        self.optimizer_g.step()
        self.optimizer_d.step()

        if self.options.r1 and self.step % self.options.r1_interval == 0:
            self.optimizer_d.zero_grad()
            self.generator.requires_grad_(False)
            real = real.requires_grad_()
            with self._autocast():
                (slope,) = torch.autograd.grad(self._judge(real, labels).sum(), real, create_graph=True)
                loss = slope.square().sum(dim=(1, 2, 3)).mean() * self.options.r1 / 2 * self.options.r1_interval
            loss.backward()
            self.optimizer_d.step()
        if (self.step + 1) % AVERAGED_EVERY == 0:
            with torch.no_grad():
                torch._foreach_lerp_(self.average, [p.detach() for p in self.generator.parameters()], 0.03)

    def _judge(self, images: Tensor, labels: Tensor | None) -> Tensor:
        return self._call(self.discriminator, images, labels).flatten()

    def _call(self, network: torch.nn.Module, inputs: Tensor, labels: Tensor | None) -> Tensor:
        result: Tensor = network(inputs, labels) if self.conditional else network(inputs)
        return result

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision == "bf16-mixed":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()
