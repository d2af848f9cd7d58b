"""Layers that several models share."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError

# Channels double each time the image is halved, up to this multiple of the width.
MOST_DOUBLED = 8

# Square sizes that repeated halving reduces to 4, 5, 6 or 7 pixels without a remainder.
SIZES = tuple(sorted(base * 2**n for base in (4, 5, 6, 7) for n in range(2, 7) if 16 <= base * 2**n <= 256))

# Slope of leaky ReLU below zero (Radford, Metz and Chintala 2016, section 4).
LEAK = 0.2
# Images whose spread is measured together (Karras et al. 2020, appendix B), and the momentum of its running mean.
GROUP = 4
SPREAD_MOMENTUM = 0.01
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(LEAK, inplace=True),
}


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The plan of a convolutional network between an image and a small plane.

    Attributes:
        edges: height and width of the image and of each plane, each half (rounded up) of the previous one; the last is
            3 or 4.
        channels: of the image and of each plane.
    """

    edges: tuple[int, ...]
    channels: tuple[int, ...]

    @classmethod
    def plan(cls, data: ImageInfo, width: int, owner: str) -> "Pyramid":
        """Plan the pyramid for images like ``data``, with ``width`` channels next to the image.

        Raises:
            UserError: if images aren't square or have a size that halving can't reach; the message names ``owner``.
        """
        if data.height != data.width:
            raise UserError(
                f"{owner} makes square pictures, but these are {data.width}x{data.height}: choose a --size."
            )
        if data.height not in SIZES:
            nearest = min(SIZES, key=lambda size: abs(size - data.height))
            raise UserError(
                f"{owner} can't make {data.height}x{data.height} pictures: sizes must be 4, 5, 6 or 7 times a power of "
                f"two, from {SIZES[0]} to {SIZES[-1]}. The nearest is --size {nearest}."
            )
        edges = [data.height]
        while edges[-1] > 4:
            edges.append((edges[-1] + 1) // 2)
        planes = len(edges) - 1
        return cls(tuple(edges), (data.channels, *(width * min(2**n, MOST_DOUBLED) for n in range(planes))))

    @property
    def features(self) -> int:
        """Size of the smallest plane, flattened."""
        return self.channels[-1] * self.edges[-1] ** 2

    def halvings(self) -> Iterator[tuple[int, int, int]]:
        """Yield, from the image inwards: (channels, channels of the next plane, kernel of the strided convolution)."""
        for (edge, further), (narrow, wide) in zip(pairwise(self.edges), pairwise(self.channels), strict=True):
            yield narrow, wide, 4 if edge == 2 * further else 3  # 7 pixels become 4 with a kernel of 3


class ToPlanes(nn.Module):
    """Converts (N, H * W * C) to (N, C, H, W) in channels-last layout, without a copy."""

    def __init__(self, channels: int, edge: int) -> None:
        super().__init__()
        self.shape = (edge, edge, channels)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` (N, H * W * C) as planes (N, C, H, W)."""
        planes: Tensor = inputs.unflatten(1, self.shape).permute(0, 3, 1, 2)
        return planes


class FromPlanes(nn.Module):
    """Converts (N, C, H, W) to (N, H * W * C), without a copy if the layout is channels-last.

    Flattening in the usual order would copy, and would give the backward pass gradients in a different layout from the
    activations, which makes elementwise kernels more than ten times slower.
    """

    def forward(self, planes: Tensor) -> Tensor:
        """Return ``planes`` (N, C, H, W) flattened to (N, H * W * C)."""
        return planes.permute(0, 2, 3, 1).flatten(1)


class Resize(nn.Module):
    """Resizes planes to ``edge`` pixels by linear interpolation."""

    def __init__(self, edge: int) -> None:
        super().__init__()
        self.edge = edge

    def forward(self, planes: Tensor) -> Tensor:
        """Return ``planes`` (N, C, H, W) resized to (N, C, edge, edge)."""
        return resize(planes, (self.edge, self.edge))


def resize(planes: Tensor, size: tuple[int, ...]) -> Tensor:
    """Resize planes (N, C, H, W) to ``size``, height and width, by linear interpolation."""
    if planes.is_cuda:
        return resize_in_order(planes, size)
    return F.interpolate(planes, size=size, mode="bilinear")


def resize_in_order(planes: Tensor, size: tuple[int, ...]) -> Tensor:
    """Resize planes like :func:`resize`, by two matrix products.

    On a GPU the gradient of :func:`torch.nn.functional.interpolate` is summed in the order in which threads arrive, so
    that two runs with the same seed diverge.
    """
    # In float32 at least: of half precision, whose rounding would add up, only the finished matrix is made.
    precise = torch.promote_types(planes.dtype, torch.float32)
    down, across = (
        F.interpolate(torch.eye(old, dtype=precise, device=planes.device)[None], size=new, mode="linear")[0].to(
            planes.dtype
        )
        for old, new in zip(planes.shape[2:], size, strict=True)
    )
    with torch.autocast(planes.device.type, enabled=False):
        # Each is a single product; with the smaller matrix on the left there would be one per plane.
        return channels_last(((planes @ across).transpose(2, 3) @ down).transpose(2, 3))


class Halve(nn.Module):
    """Averages neighbours; 7 pixels become 4."""

    def __init__(self, odd: bool) -> None:
        super().__init__()
        self.odd = odd

    def forward(self, planes: Tensor) -> Tensor:
        """Return ``planes`` (N, C, H, W) at half the height and width, rounded up."""
        if self.odd:
            return F.avg_pool2d(planes, 3, stride=2, padding=1, count_include_pad=False)
        return F.avg_pool2d(planes, 2)


class MinibatchSpread(nn.Module):
    """Adds a channel: how far apart the images of a group are, on average (Karras et al. 2018, section 3).

    In evaluation mode the channel contains the running mean from training, so that the score of an image doesn't depend
    on others.
    """

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(()))

    def forward(self, planes: Tensor) -> Tensor:
        """Return ``planes`` (N, C, H, W) with one more channel, (N, C + 1, H, W)."""
        count, _, height, width = planes.shape
        if not self.training:
            spread = self.usual.to(planes.dtype).expand(count, 1, height, width)
            return torch.cat([planes, spread], dim=1)
        size = next(size for size in range(min(GROUP, count), 0, -1) if count % size == 0)
        groups = planes.float().unflatten(0, (size, -1))
        # Tensor.var over the first dimension takes twenty times as long on a CPU.
        variances = (groups - groups.mean(dim=0)).square().mean(dim=0)
        deviations = (variances + 1e-8).sqrt().mean((1, 2, 3))
        with torch.no_grad():
            self.usual.lerp_(deviations.mean(), SPREAD_MOMENTUM)
        spread = deviations.repeat(size).to(planes.dtype)[:, None, None, None].expand(count, 1, height, width)
        return torch.cat([planes, spread], dim=1)


def channels_last(planes: Tensor) -> Tensor:
    """Return planes (N, C, H, W) in channels-last layout, with its strides even for a single channel, unlike torch."""
    _, channels, height, width = planes.shape
    planes = planes.contiguous(memory_format=torch.channels_last)
    return planes.as_strided(planes.shape, (height * width, 1, width, 1)) if channels == 1 else planes


class ConvGenerator(nn.Sequential):
    """Fractionally-strided convolutions with batch norm, from inputs (N, F) to images (N, C, H, W) in [-1, 1].

    The generator of Radford, Metz and Chintala 2016, section 3 and figure 1.
    """

    def __init__(self, inputs: int, pyramid: Pyramid) -> None:
        first = pyramid.channels[-1]
        layers: list[nn.Module] = [
            nn.Linear(inputs, pyramid.features, bias=False),
            ToPlanes(first, pyramid.edges[-1]),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
        ]
        outermost, *inner = pyramid.halvings()
        for narrow, wide, kernel in reversed(inner):
            layers += [
                nn.ConvTranspose2d(wide, narrow, kernel, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(narrow),
                nn.ReLU(inplace=True),
            ]
        picture, wide, kernel = outermost
        layers += [nn.ConvTranspose2d(wide, picture, kernel, stride=2, padding=1), nn.Tanh()]
        super().__init__(*layers)


class ConvFeatures(nn.Sequential):
    """Strided convolutions with leaky ReLU, from images (N, C, H, W) to features (N, F).

    The discriminator of Radford, Metz and Chintala 2016 up to its last layer; without a norm next to the image.
    """

    def __init__(self, pyramid: Pyramid, norm: Callable[[int], nn.Module] | None) -> None:
        layers: list[nn.Module] = []
        for narrow, wide, kernel in pyramid.halvings():
            normed = norm if layers else None
            layers.append(nn.Conv2d(narrow, wide, kernel, stride=2, padding=1, bias=normed is None))
            if normed:
                layers.append(normed(wide))
            layers.append(nn.LeakyReLU(LEAK, inplace=True))
        super().__init__(*layers, FromPlanes())


def layer_norm(channels: int) -> nn.Module:
    """Make layer norm for planes (N, C, H, W), over all numbers of each image (Ba, Kiros and Hinton 2016)."""
    return nn.GroupNorm(1, channels)


def perceptron(
    inputs: int, hidden: Sequence[int], outputs: int, activation: str, batch_norm: bool = False, dropout: float = 0.0
) -> nn.Sequential:
    """Build linear layers of widths ``hidden`` between ``inputs`` and ``outputs``, the last without activation."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers.append(nn.Linear(inputs, width))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(ACTIVATIONS[activation]())
        if dropout:
            layers.append(nn.Dropout(dropout))
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def initialise_normal(module: nn.Module) -> None:
    """Draw weights from N(0, 0.02²), batch norm's from N(1, 0.02²) (Radford, Metz and Chintala 2016, section 4)."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def initialise_rectified(module: nn.Module) -> None:
    """Draw weights of convolutions so that leaky ReLU preserves the signal's scale (He et al. 2015, equation 15).

    With N(0, 0.02²) and no batch norm, the signal shrinks threefold per layer, and a discriminator needs hundreds of
    steps to recover.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, LEAK)
