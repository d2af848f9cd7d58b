"""How far images are apart as one sees it, without a network to be downloaded: by their Laplacian pyramids."""

import torch
import torch.nn.functional as F
from torch import Tensor

# The smallest planes of a pyramid have no side below this, pixels.
SMALLEST = 4


def distance(images: Tensor, others: Tensor) -> Tensor:
    """The Lap1 distance of images (N, C, H, W) in [-1, 1] and others of the same shape, or one: (N,), 0 for equal ones.

    The mean absolute difference at each level of their Laplacian pyramids (Burt and Adelson 1983), summed over the
    levels: edges count at every size, and what lies where counts on the coarse ones even if pixels don't meet (Ling and
    Okada 2006, "Diffusion Distance for Histogram Comparison", equation 7; for latents: Bojanowski et al. 2018,
    "Optimizing the Latent Space of Generative Networks", section 3). Colours of RGBA images count as far as they are
    opaque. The black and the white image are 2 apart. Gradients come through.
    """
    ours, theirs = pyramid(_visible(images)), pyramid(_visible(others))
    levels = zip(ours, theirs, strict=True)
    return torch.stack([(one - other).abs().flatten(1).mean(dim=1) for one, other in levels]).sum(dim=0)


def pyramid(images: Tensor) -> list[Tensor]:
    """What each halving of images (N, C, H, W) loses, and what is left in the end, which has 4 pixels or so."""
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
