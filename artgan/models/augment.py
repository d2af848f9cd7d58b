"""Augmentation of what the discriminator sees, real and generated alike, so that few images last longer.

The transformations of DiffAugment (Zhao et al. 2020) and a small part of those of adaptive augmentation (Karras et al.
2020, appendix B), and its control of their probability. All are differentiable; none lets the generator learn to make
augmented images as long as the probability stays under about 0.8.
"""

from collections.abc import Callable, Sequence
from math import pi
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.models.layers import channels_last

Name = Literal["color", "translation", "cutout", "flip", "affine"]

# Shares of the picture's edge: the longest way of a translation, the edge of the square that is cut out.
TRANSLATION, CUTOUT = 0.125, 0.5
# Standard deviations of the affine transformation: of the scale's binary logarithm, of the shift in pictures' edges.
SCALE, SHIFT = 0.2, 0.125
# Steps between two adjustments of the probability (Karras et al. 2020, section 3.1).
STEPS_BETWEEN_ADJUSTMENTS = 4


class Augment(nn.Module):
    """Applies transformations by name, each to each image with the same probability.

    Attributes:
        state: the probability, and the sum of r_t since it was adjusted last; in checkpoints, so that a resumed
            training goes on alike.
    """

    state: Tensor

    def __init__(self, names: Sequence[Name], probability: float | None, target: float, kimg: float) -> None:
        """With ``probability`` None it adapts: from 0 on, towards r_t = ``target``, from 0 to 1 in ``kimg`` at most."""
        super().__init__()
        self.names = tuple(names)
        self.adaptive = probability is None
        self.target, self.images = target, 1000 * kimg
        self.register_buffer("state", torch.tensor([probability or 0.0, 0.0]))

    def forward(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W) in, of the same shape and about the same range out."""
        # bf16 is too coarse for places in a picture.
        augmented = images.float()
        for name in self.names:
            augmented = OPERATIONS[name](augmented, self.state[0])
        return channels_last(augmented)

    @torch.no_grad()
    def adjust(self, margins: Tensor, step: int, batch_size: int) -> None:
        """Take in a step's logits of real images: raise the probability if too many are positive, else lower it.

        r_t, the mean sign of D(real), is near 0 while the discriminator can't tell its images by heart and near 1 when
        it can (Karras et al. 2020, equation 1).

        Args:
            margins: (N,) logits of real images, or how far they are above those of generated ones.
            step: number of this step.
            batch_size: real images a step, of all processes.
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
        self.state[1].zero_()  # a number that is assigned comes from the processor, which a recording can't have


def color(images: Tensor, probability: Tensor) -> Tensor:
    """Brightness, saturation and contrast, in this order (Zhao et al. 2020, section 4.1)."""
    images = images + (_uniform(images) - 0.5) * _chosen(images, probability)
    if images.shape[1] >= 3:
        colours, rest = images[:, :3], images[:, 3:]
        grey = colours.mean(dim=1, keepdim=True)
        colours = torch.lerp(grey, colours, 1 + (2 * _uniform(images) - 1) * _chosen(images, probability))
        images = torch.cat([colours, rest], dim=1) if rest.shape[1] else colours
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * (1 + (_uniform(images) - 0.5) * _chosen(images, probability)) + mean


def translation(images: Tensor, probability: Tensor) -> Tensor:
    """A shift by whole pixels, up to an eighth of the picture each way; what comes in is grey."""
    count, _, height, width = images.shape
    chosen = _chosen(images, probability).flatten()
    shifts = []
    for edge in (width, height):
        most = max(1, round(edge * TRANSLATION))
        way = torch.randint(-most, most + 1, (count,), device=images.device)
        shifts.append(way * chosen * 2 / edge)
    return _warp(images, torch.eye(2, device=images.device).expand(count, 2, 2), torch.stack(shifts, dim=1), "nearest")


def cutout(images: Tensor, probability: Tensor) -> Tensor:
    """A square of half the picture's edge becomes grey; part of it may lie outside."""
    inside = []
    for axis, edge in ((2, images.shape[2]), (3, images.shape[3])):
        size = max(1, round(edge * CUTOUT))
        centre = torch.randint(0, edge + 1 - size % 2, (len(images), 1, 1, 1), device=images.device)
        place = torch.arange(edge, device=images.device).view([-1 if dim == axis else 1 for dim in range(4)])
        inside.append((place >= centre - size // 2) & (place < centre - size // 2 + size))
    return images * (1 - (inside[0] & inside[1]) * _chosen(images, probability))


def flip(images: Tensor, probability: Tensor) -> Tensor:
    """Left and right change places in half of the chosen images."""
    return torch.where(_chosen(images, probability / 2).bool(), images.flip(3), images)


def affine(images: Tensor, probability: Tensor) -> Tensor:
    """Scale, rotation, stretch and shift in one warp, the border reflected (Karras et al. 2020, appendix B)."""
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
    """(N, 1, 1, 1) in [0, 1)."""
    return torch.rand(len(images), 1, 1, 1, device=images.device)


def _chosen(images: Tensor, probability: Tensor) -> Tensor:
    """(N, 1, 1, 1): 1 for the images to be changed, 0 for the others."""
    return (_uniform(images) < probability).float()


def _warp(images: Tensor, matrix: Tensor, shift: Tensor, mode: str, border: str = "zeros") -> Tensor:
    """Sample images (N, C, H, W) where matrices (N, 2, 2) and shifts (N, 2), in half edges, put their pixels."""
    theta = torch.cat([matrix, shift.unsqueeze(2)], dim=2)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode=mode, padding_mode=border, align_corners=False)
