"""Layers of StyleGAN2 and their learning rates. No convolution has weights of its own for each image."""

from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.models.layers import Resize

SLOPE = 0.2
# What keeps the variance through a leaky ReLU of that slope, as the paper has it.
GAIN = 2**0.5
# Images whose spread is measured together (Karras et al. 2020, appendix B), and how fast its running mean moves.
GROUP = 4
SPREAD_MOMENTUM = 0.01

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
RATE = "learning_rate_factor"


def equalised(layer: Layer, gain: float = 1.0, multiplier: float = 1.0, bias: float = 0.0) -> Layer:
    """``layer`` with weights from N(0, gain² / inputs) and a constant bias, which learn as fast as they are large.

    Args:
        layer: any of these, new.
        gain: standard deviation of what comes out where that of what goes in is 1.
        multiplier: of the layer's learning rate, besides.
        bias: what biases begin with, if there are any.
    """
    vars(layer)[RATE] = gain * multiplier
    nn.init.normal_(layer.weight, 0.0, gain / _inputs(layer) ** 0.5)
    if layer.bias is not None:
        nn.init.constant_(layer.bias, bias)
    return layer


def learning_rate_factors(network: nn.Module) -> dict[nn.Parameter, float]:
    """By what the learning rate is multiplied for each parameter of the :func:`equalised` layers in ``network``."""
    factors = {}
    for layer in network.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)) and RATE in vars(layer):
            rate = vars(layer)[RATE]
            for parameter in layer.parameters():  # whatever a parametrisation calls them
                factors[parameter] = rate / _inputs(layer) ** 0.5 if parameter.dim() > 1 else rate
    return factors


def _inputs(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> int:
    """Numbers that make up one output."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    places = layer.kernel_size[0] * layer.kernel_size[1]
    if isinstance(layer, nn.ConvTranspose2d):
        places //= layer.stride[0] * layer.stride[1]
    return layer.in_channels * places


def rectify(inputs: Tensor) -> Tensor:
    """Leaky ReLU, in place; the gain that goes with it is in the layer before."""
    return F.leaky_relu_(inputs, SLOPE)


class Styled(nn.Module):
    """A convolution (N, I, E, E) to (N, O, edge, edge) under styles (N, style_dim), with noise and leaky ReLU.

    Section 2.2: the style scales the input channels (equation 1), and each output is divided by the standard deviation
    that it then has (equation 3). Scaling the planes before and after a convolution that all images share is the same
    as scaling its weights for each image, which would make as many convolutions as there are images.
    """

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, edge: int, style_dim: int, grows: bool) -> None:
        """``grows``: whether planes come in smaller, and are enlarged after the convolution."""
        super().__init__()
        self.affine = equalised(nn.Linear(style_dim, inputs), bias=1.0)
        self.conv = equalised(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.resize = Resize(edge) if grows else None
        self.strength = nn.Parameter(torch.zeros(()))
        # An image must be the same whatever is made with it, so all samples have this noise.
        self.register_buffer("noise", torch.randn(1, 1, edge, edge))

    def forward(self, planes: Tensor, styles: Tensor) -> Tensor:
        scales = self.affine(styles).float()
        found = self.conv(scaled(planes, scales))
        factors = (GAIN * self._demodulation(scales)).to(found.dtype)[:, :, None, None]
        found = torch.addcmul(self.bias.to(found.dtype)[:, None, None], found, factors)
        if self.resize is not None:
            # After the shared filter: enlarging and scaling may change places, and small planes are cheaper.
            found = self.resize(found)
        fresh = (len(found), 1, *found.shape[2:])
        noise = torch.randn(fresh, device=found.device) if self.training else self.noise
        return rectify(found + (noise * self.strength).to(found.dtype))

    def _demodulation(self, scales: Tensor) -> Tensor:
        """(N, O): one over the standard deviation of each output, for inputs of variance 1."""
        with torch.autocast(scales.device.type, enabled=False):
            power = self.conv.weight.square().sum((2, 3))
            return (scales.square() @ power.t() + 1e-8).rsqrt()


class Paint(nn.Module):
    """Planes (N, I, H, W) to pictures (N, C, H, W) or twice as large, fp32, under styles; without demodulation."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, style_dim: int) -> None:
        super().__init__()
        self.affine = equalised(nn.Linear(style_dim, conv.in_channels), bias=1.0)
        self.conv = equalised(conv)

    def forward(self, planes: Tensor, styles: Tensor) -> Tensor:
        pictures: Tensor = self.conv(scaled(planes, self.affine(styles)))
        return pictures.float()


class MinibatchSpread(nn.Module):
    """One more channel: how far apart the images of a group are, on average (Karras et al. 2018, section 3).

    In evaluation mode the channel holds the running mean of what it held while training, so that an image's score is
    its own.
    """

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(()))

    def forward(self, planes: Tensor) -> Tensor:
        count, _, height, width = planes.shape
        if not self.training:
            spread = self.usual.to(planes.dtype).expand(count, 1, height, width)
            return torch.cat([planes, spread], dim=1)
        size = next(size for size in range(min(GROUP, count), 0, -1) if count % size == 0)
        groups = planes.float().unflatten(0, (size, -1))
        deviations = (groups.var(dim=0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
        with torch.no_grad():
            self.usual.lerp_(deviations.mean(), SPREAD_MOMENTUM)
        spread = deviations.repeat(size).to(planes.dtype)[:, None, None, None].expand(count, 1, height, width)
        return torch.cat([planes, spread], dim=1)


def scaled(planes: Tensor, scales: Tensor) -> Tensor:
    """Each channel of planes (N, C, H, W) times its number in scales (N, C), in the planes' precision."""
    return planes * scales.to(planes.dtype)[:, :, None, None]
