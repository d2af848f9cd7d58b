"""The networks of :mod:`artgan_plugins.models.hybrid`: members side by side, and the gate that mixes them."""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

import artgan
from artgan.models.augment import Augment
from artgan.models.layers import LEAK, resize
from artgan.models.model import Model


class Fusion(nn.Module):
    """Members, and the gate that mixes their images."""

    def __init__(self, members: list[artgan.Model], fixed: list[bool], gate: "Gate", choice: str) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.gate, self.fixed, self.choice = gate, fixed, choice
        for member, stays in zip(members, fixed, strict=True):
            if stays:
                member.requires_grad_(False)
                for module in member.modules():
                    if isinstance(module, _BatchNorm):
                        module.track_running_stats = False  # keep the run's statistics: they aren't measured again

    def train(self, mode: bool = True) -> "Fusion":
        """Switch modes, except for frozen members."""
        super().train(mode)
        for member, stays in zip(self.members, self.fixed, strict=True):
            member.train(mode and not stays)
        return self

    def forward(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return images (N, C, H, W), and the members' mean shares (M,) according to the gate."""
        made = torch.stack([self._made(member, latents, labels, truncation) for member in self.members], dim=1)
        logits = self.gate(latents * truncation, made.detach(), labels).float()
        shares = weights = logits.softmax(dim=1)
        if self.choice == "hard" and self.training:
            weights = functional.gumbel_softmax(logits, hard=True, dim=1)
        elif self.choice == "hard":
            weights = torch.zeros_like(logits).scatter_(1, logits.argmax(dim=1, keepdim=True), 1.0)
        images = (made * weights[:, :, None].to(made.dtype)).sum(dim=1)
        return images, shares.mean(dim=(0, 2, 3))

    def _made(self, member: nn.Module, latents: Tensor, labels: Tensor | None, truncation: float) -> Tensor:
        assert isinstance(member, artgan.Model)
        own = latents[:, : prod(member.latent_shape)].unflatten(1, member.latent_shape)
        if member.training and isinstance(member, artgan.GAN) and makes_images_plainly(member):
            # sample() may clamp values, which would cut off their gradients.
            return member.generator(own, labels) if member.conditional else member.generator(own)  # type: ignore[no-any-return]
        return member.sample(own, labels, truncation)


class Gate(nn.Module):
    """Maps latents (N, L) and members' images (N, M, C, H, W) to logits of shares (N, M, H, W); 1x1 if ``whole``."""

    def __init__(self, members: int, latents: int, channels: int, labels: int, width: int, whole: bool) -> None:
        super().__init__()
        self.whole = whole
        self.look = nn.Sequential(
            nn.Conv2d(members * channels, width, 3, stride=2, padding=1),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(width, width, 3, stride=2, padding=1),
        )
        self.latent = nn.Linear(latents, width)
        self.label = nn.Embedding(labels, width) if labels else None
        last = nn.Conv2d(width, members, 1)
        self.share = nn.Sequential(nn.LeakyReLU(LEAK), last)
        nn.init.normal_(last.weight, 0.0, 0.02)  # start with nearly even shares
        assert last.bias is not None
        nn.init.zeros_(last.bias)

    def forward(self, latents: Tensor, made: Tensor, labels: Tensor | None) -> Tensor:
        seen = self.look(made.flatten(1, 2))
        if self.whole:
            seen = seen.mean(dim=(2, 3), keepdim=True)
        known = self.latent(latents)
        if self.label is not None:
            known = known + self.label(labels)
        shares: Tensor = self.share(seen + known[:, :, None, None])
        # If shares could change freely from pixel to pixel, the gate would draw the image instead of the members.
        return shares if self.whole else resize(shares, made.shape[-2:])


def only_what_samples(member: artgan.Model) -> artgan.Model:
    """Remove the networks that ``member`` doesn't need to sample, above all its discriminator; return it."""
    for name, child in list(member.named_children()):
        if name not in member.averaged and (isinstance(child, Augment) or any(True for _ in child.parameters())):
            delattr(member, name)
    return member


def makes_images_plainly(model: Model) -> bool:
    """Return True if the model's images are ``generator(latents)`` in training and nothing else."""
    return isinstance(model, artgan.GAN) and type(model).generate is artgan.GAN.generate
