"""Layers of StyleGAN2, without separate convolution weights for each image."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.models.equalised import equalised
from artgan.models.layers import Resize

SLOPE = 0.2
# Preserves the variance through a leaky ReLU of that slope, as in the paper.
GAIN = 2**0.5


def rectify(inputs: Tensor) -> Tensor:
    """Apply a leaky ReLU in place; its gain is part of the preceding layer."""
    return F.leaky_relu_(inputs, SLOPE)


class Styled(nn.Module):
    """A convolution from (N, I, E, E) to (N, O, edge, edge) with styles (N, style_dim), noise and leaky ReLU.

    Section 2.2: the style scales the input channels (equation 1), and each output is divided by its resulting standard
    deviation (equation 3). Scaling the planes before and after a shared convolution is equivalent to scaling its
    weights for each image, which would need one convolution per image.
    """

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, edge: int, style_dim: int, grows: bool) -> None:
        """Create the layer; with ``grows``, enlarge the planes after the convolution."""
        super().__init__()
        self.affine = equalised(nn.Linear(style_dim, inputs), bias=1.0)
        self.conv = equalised(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.resize = Resize(edge) if grows else None
        self.strength = nn.Parameter(torch.zeros(()))
        # All samples use this noise, so that an image doesn't depend on the rest of its batch.
        self.register_buffer("noise", torch.randn(1, 1, edge, edge))

    def forward(self, planes: Tensor, styles: Tensor) -> Tensor:
        scales = self.affine(styles).float()
        found = self.conv(scaled(planes, scales))
        factors = (GAIN * self._demodulation(scales)).to(found.dtype)[:, :, None, None]
        found = torch.addcmul(self.bias.to(found.dtype)[:, None, None], found, factors)
        if self.resize is not None:
            # After the shared filter, because enlarging and scaling commute, and small planes are cheaper.
            found = self.resize(found)
        fresh = (len(found), 1, *found.shape[2:])
        noise = torch.randn(fresh, device=found.device) if self.training else self.noise
        return rectify(found + (noise * self.strength).to(found.dtype))

    def _demodulation(self, scales: Tensor) -> Tensor:
        """Return one over the standard deviation of each output (N, O), for inputs of variance 1."""
        with torch.autocast(scales.device.type, enabled=False):
            power = self.conv.weight.square().sum((2, 3))
            return (scales.square() @ power.t() + 1e-8).rsqrt()


class Paint(nn.Module):
    """Maps planes (N, I, H, W) and styles to fp32 images (N, C, H, W), or twice as large, without demodulation."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, style_dim: int) -> None:
        super().__init__()
        self.affine = equalised(nn.Linear(style_dim, conv.in_channels), bias=1.0)
        self.conv = equalised(conv)

    def forward(self, planes: Tensor, styles: Tensor) -> Tensor:
        pictures: Tensor = self.conv(scaled(planes, self.affine(styles)))
        return pictures.float()


def scaled(planes: Tensor, scales: Tensor) -> Tensor:
    """Multiply each channel of planes (N, C, H, W) by its scale (N, C), in the planes' precision."""
    return planes * scales.to(planes.dtype)[:, :, None, None]
