"""A perceptual distance between images that needs no pretrained network: it compares Laplacian pyramids."""

import torch
import torch.nn.functional as F
from torch import Tensor

# No level of a pyramid has a side below this, in pixels.
SMALLEST = 4


def distance(images: Tensor, others: Tensor) -> Tensor:
    """Return the Lap1 distance (N,) of images (N, C, H, W) in [-1, 1] to others of the same shape, or to a single one.

    It is the mean absolute difference at each level of their Laplacian pyramids (Burt and Adelson 1983), summed over
    the levels: edges count at every size, and layout counts on the coarse levels even if pixels don't coincide (Ling
    and Okada 2006, "Diffusion Distance for Histogram Comparison", equation 7; for latents: Bojanowski et al. 2018,
    "Optimizing the Latent Space of Generative Networks", section 3). Colours of RGBA images are weighted by opacity.
    The distance is 0 for equal images, and 2 between a black and a white one. It is differentiable.
    """
    ours, theirs = pyramid(_visible(images)), pyramid(_visible(others))
    levels = zip(ours, theirs, strict=True)
    return torch.stack([(one - other).abs().flatten(1).mean(dim=1) for one, other in levels]).sum(dim=0)


def pyramid(images: Tensor) -> list[Tensor]:
    """Return the detail that each halving of images (N, C, H, W) loses, and the remainder, about 4 pixels wide."""
    levels = []
    while min(images.shape[2:]) >= 2 * SMALLEST:
        size = [(edge + 1) // 2 for edge in images.shape[2:]]
        smaller = F.interpolate(images, size=size, mode="bilinear", antialias=True)
        levels.append(images - F.interpolate(smaller, size=images.shape[2:], mode="bilinear"))
        images = smaller
    return [*levels, images]


def _visible(images: Tensor) -> Tensor:
    images = images.float().contiguous()
    if images.shape[1] != 4:
        return images
    opacity = (images[:, 3:] + 1) / 2
    return torch.cat([(images[:, :3] + 1) * opacity - 1, images[:, 3:]], dim=1)
