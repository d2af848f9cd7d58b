"""Layers that several models are built of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError

SMALLEST, LARGEST = 16, 256
# Every square size that halving brings to 4, 5, 6 or 7 pixels.
SIZES = tuple(sorted(base * 2**n for base in (4, 5, 6, 7) for n in range(2, 7) if SMALLEST <= base * 2**n <= LARGEST))
# Channels double with every halving of the picture, up to this many times the width.
MOST_DOUBLED = 8

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.2, inplace=True),
}


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The plan of a convolutional network between a picture and a small plane.

    Attributes:
        base: edge of the smallest plane, 4 to 7.
        channels: of every plane, from the one next to the picture inwards.
        picture: channels of the picture.
    """

    base: int
    channels: tuple[int, ...]
    picture: int

    @classmethod
    def plan(cls, data: ImageInfo, width: int, owner: str) -> "Pyramid":
        """The pyramid for pictures like ``data``, with ``width`` channels next to the picture.

        Raises:
            UserError: if the pictures aren't square or of a size that halving can't reach, in the name of ``owner``.
        """
        if data.height != data.width:
            raise UserError(
                f"{owner} makes square pictures, and these are {data.width}x{data.height}: choose a --size."
            )
        if data.height not in SIZES:
            nearest = min(SIZES, key=lambda size: abs(size - data.height))
            raise UserError(
                f"{owner} can't make {data.height}x{data.height} pictures: sizes are 4, 5, 6 or 7 times a power of "
                f"two, {SMALLEST} to {LARGEST}. The nearest is --size {nearest}."
            )
        base, halvings = data.height, 0
        while base > 7:
            base, halvings = base // 2, halvings + 1
        return cls(base, tuple(width * min(2**n, MOST_DOUBLED) for n in range(halvings)), data.channels)

    @property
    def features(self) -> int:
        """Numbers in the smallest plane."""
        return self.channels[-1] * self.base**2


class ConvGenerator(nn.Module):
    """Fractionally-strided convolutions with batch norm, from inputs (N, F) to pictures (N, C, H, W) in [-1, 1].

    The generator of Radford, Metz and Chintala 2016, section 3 and figure 1.
    """

    def __init__(self, inputs: int, pyramid: Pyramid) -> None:
        super().__init__()
        channels, base = pyramid.channels, pyramid.base
        self.project = nn.Sequential(
            nn.Linear(inputs, pyramid.features, bias=False),
            nn.Unflatten(1, (channels[-1], base, base)),
            nn.BatchNorm2d(channels[-1]),
            nn.ReLU(inplace=True),
        )
        layers: list[nn.Module] = []
        for wide, narrow in pairwise(reversed(channels)):
            layers += [
                nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(narrow),
                nn.ReLU(inplace=True),
            ]
        last = nn.ConvTranspose2d(channels[0], pyramid.picture, 4, stride=2, padding=1)
        self.upsample = nn.Sequential(*layers, last, nn.Tanh())

    def forward(self, inputs: Tensor) -> Tensor:
        planes = self.project(inputs).contiguous(memory_format=torch.channels_last)
        pictures: Tensor = self.upsample(planes)
        return pictures


class ConvFeatures(nn.Sequential):
    """Strided convolutions with leaky ReLU, from pictures (N, C, H, W) to features (N, F).

    The discriminator of Radford, Metz and Chintala 2016 up to its last layer; no batch norm next to the picture.
    """

    def __init__(self, pyramid: Pyramid, batch_norm: bool) -> None:
        channels = pyramid.channels
        layers: list[nn.Module] = [
            nn.Conv2d(pyramid.picture, channels[0], 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        for narrow, wide in pairwise(channels):
            layers.append(nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=not batch_norm))
            if batch_norm:
                layers.append(nn.BatchNorm2d(wide))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        super().__init__(*layers, nn.Flatten())


def perceptron(
    inputs: int, hidden: Sequence[int], outputs: int, activation: str, batch_norm: bool = False, dropout: float = 0.0
) -> nn.Sequential:
    """Dense layers of the widths ``hidden`` between ``inputs`` and ``outputs``, the last without activation."""
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
    """Weights from N(0, 0.02²), batch norm's from N(1, 0.02²) (Radford, Metz and Chintala 2016, section 4)."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
