"""Augmentation of the images that the discriminator sees, real and generated, so that few images last longer.

It has the transformations of DiffAugment (Zhao et al. 2020), a few of those of adaptive augmentation (Karras et al.
2020, appendix B), and the latter's control of their probability. All are differentiable. As long as the probability
stays below about 0.8, the generator doesn't learn to make augmented images.
"""

from collections.abc import Callable, Sequence
from math import pi
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.models.layers import channels_last

Name = Literal["color", "translation", "cutout", "flip", "affine"]

# Shares of the image's edge: the largest translation, and the edge of the square that is cut out.
TRANSLATION, CUTOUT = 0.125, 0.5
# Standard deviations of the affine transformation: of the scale's binary logarithm, and of the shift in image edges.
SCALE, SHIFT = 0.2, 0.125
# Steps between two adjustments of the probability (Karras et al. 2020, section 3.1).
STEPS_BETWEEN_ADJUSTMENTS = 4


class Augment(nn.Module):
    """Applies transformations by name, each one to every image with the same probability.

    Attributes:
        state: the probability, and the sum of r_t since its last adjustment; checkpoints contain it, so that resumed
            training continues in the same way.
    """

    state: Tensor

    def __init__(self, names: Sequence[Name], probability: float | None, target: float, kimg: float) -> None:
        """Prepare the transformations; with ``probability`` None it adapts, from 0, so that r_t approaches ``target``.

        It takes at least ``kimg`` thousand images to go from 0 to 1.
        """
        super().__init__()
        self.names = tuple(names)
        self.adaptive = probability is None
        self.target, self.images = target, 1000 * kimg
        self.register_buffer("state", torch.tensor([probability or 0.0, 0.0]))

    def forward(self, images: Tensor) -> Tensor:
        """Transform images (N, C, H, W); shape and, roughly, range stay the same."""
        # bf16 is too coarse for positions in an image.
        augmented = images.float()
        for name in self.names:
            augmented = OPERATIONS[name](augmented, self.state[0])
        return channels_last(augmented)

    @torch.no_grad()
    def adjust(self, margins: Tensor, step: int, batch_size: int) -> None:
        """Adjust the probability by a step's logits of real images: up if too many are positive, else down.

        r_t, the mean sign of D(real), is near 0 while the discriminator hasn't memorised its images and near 1 when it
        has (Karras et al. 2020, equation 1).

        Args:
            margins: (N,) logits of real images, or their distance above those of generated images.
            step: number of this step.
            batch_size: real images per step, in all processes.
        """
        self.state[1] += margins.float().sign().mean()
        if (step + 1) % STEPS_BETWEEN_ADJUSTMENTS:
            return
        r_t = self.state[1] / STEPS_BETWEEN_ADJUSTMENTS
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(r_t)
            r_t /= torch.distributed.get_world_size()
        change = batch_size * STEPS_BETWEEN_ADJUSTMENTS / self.images
        self.state[0].add_((r_t - self.target).sign() * change).clamp_(0, 1)
        self.state[1].zero_()  # assigning a number would copy it from the CPU, which a CUDA graph can't record


def color(images: Tensor, probability: Tensor) -> Tensor:
    """Change brightness, saturation and contrast, in this order (Zhao et al. 2020, section 4.1)."""
    images = images + (_uniform(images) - 0.5) * _chosen(images, probability)
    if images.shape[1] >= 3:
        colours, rest = images[:, :3], images[:, 3:]
        grey = colours.mean(dim=1, keepdim=True)
        colours = torch.lerp(grey, colours, 1 + (2 * _uniform(images) - 1) * _chosen(images, probability))
        images = torch.cat([colours, rest], dim=1) if rest.shape[1] else colours
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * (1 + (_uniform(images) - 0.5) * _chosen(images, probability)) + mean


def translation(images: Tensor, probability: Tensor) -> Tensor:
    """Shift by whole pixels, by up to an eighth of the image each way; the gap is grey."""
    count, _, height, width = images.shape
    chosen = _chosen(images, probability).flatten()
    shifts = []
    for edge in (width, height):
        most = max(1, round(edge * TRANSLATION))
        way = torch.randint(-most, most + 1, (count,), device=images.device)
        shifts.append(way * chosen * 2 / edge)
    return _warp(images, torch.eye(2, device=images.device).expand(count, 2, 2), torch.stack(shifts, dim=1), "nearest")


def cutout(images: Tensor, probability: Tensor) -> Tensor:
    """Make a square of half the image's edge grey; part of it may lie outside."""
    inside = []
    for axis, edge in ((2, images.shape[2]), (3, images.shape[3])):
        size = max(1, round(edge * CUTOUT))
        centre = torch.randint(0, edge + 1 - size % 2, (len(images), 1, 1, 1), device=images.device)
        place = torch.arange(edge, device=images.device).view([-1 if dim == axis else 1 for dim in range(4)])
        inside.append((place >= centre - size // 2) & (place < centre - size // 2 + size))
    return images * (1 - (inside[0] & inside[1]) * _chosen(images, probability))


def flip(images: Tensor, probability: Tensor) -> Tensor:
    """Swap left and right in half of the chosen images."""
    return torch.where(_chosen(images, probability / 2).bool(), images.flip(3), images)


def affine(images: Tensor, probability: Tensor) -> Tensor:
    """Scale, rotate, stretch and shift in one warp, with reflected borders (Karras et al. 2020, appendix B)."""
    count, device = len(images), images.device

    def gate() -> Tensor:
        return _chosen(images, probability).flatten()

    scale = torch.exp2(torch.randn(count, device=device) * SCALE * gate())
    stretch = torch.exp2(torch.randn(count, device=device) * SCALE * gate())
    angle = (torch.rand(count, device=device) * 2 - 1) * pi * gate()
    shift = torch.randn(count, 2, device=device) * 2 * SHIFT * gate().unsqueeze(1)
    cosine, sine = angle.cos(), angle.sin()
    matrix = torch.stack([cosine * stretch, -sine / stretch, sine * stretch, cosine / stretch], dim=1).view(count, 2, 2)
    return _warp(images, matrix * scale.view(count, 1, 1), shift, "bilinear", "reflection")


OPERATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
    "flip": flip,
    "affine": affine,
}


def _uniform(images: Tensor) -> Tensor:
    """Draw random numbers (N, 1, 1, 1) in [0, 1)."""
    return torch.rand(len(images), 1, 1, 1, device=images.device)


def _chosen(images: Tensor, probability: Tensor) -> Tensor:
    """Choose images: (N, 1, 1, 1), 1 for those to be changed, 0 for the others."""
    return (_uniform(images) < probability).float()


def _warp(images: Tensor, matrix: Tensor, shift: Tensor, mode: str, border: str = "zeros") -> Tensor:
    """Sample images (N, C, H, W) where matrices (N, 2, 2) and shifts (N, 2), in half edges, put their pixels."""
    theta = torch.cat([matrix, shift.unsqueeze(2)], dim=2)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode=mode, padding_mode=border, align_corners=False)
