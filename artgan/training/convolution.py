"""Convolutions that multiply matrices where that is faster on a processor.

oneDNN's bf16 weight gradient leaves the matrix units mostly idle when planes are small and channels many, which is
what the inner layers of a GAN are: for 64 to 128 channels at 7x7 to 4x4 it takes 2.2 times as long as gathering the
windows (im2col) and multiplying. And its fp32 way from many channels out to the one to four of a picture takes two to
four times as long as multiplying and laying the windows over each other (col2im).
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Gathering windows copies each number as often as a kernel has places, so it pays on small planes only.
SMALL_PLANE = 16
MEDIUM_PLANE, MANY_CHANNELS = 64, 64
# Channels of a picture: grey, colour, colour with transparency.
FEW_CHANNELS = 4


def quicken(module: nn.Module) -> None:
    """Replace every plain convolution inside ``module`` by its twin here, weights and all.

    The results are the same up to rounding. Subclasses and parametrised convolutions are left alone.
    """
    for part in module.modules():
        if type(part) in _TWINS and _is_plain(part):
            part.__class__ = _TWINS[type(part)]


class _Conv2d(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:
        if _is_for_pictures(self, input, self.in_channels) and input.requires_grad:
            return _Narrow.apply(input, self.weight, self.bias, self.stride, self.padding, False)
        if not _is_worth_it(self, input, input.shape[-2:].numel() // math.prod(self.stride), self.in_channels):
            return super().forward(input)
        return _convolve(self, input, transposed=False)


class _ConvTranspose2d(nn.ConvTranspose2d):
    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is None and _is_for_pictures(self, input, self.out_channels):
            return _Narrow.apply(input, self.weight, self.bias, self.stride, self.padding, True)
        small = output_size is None and _is_worth_it(self, input, input.shape[-2:].numel(), self.out_channels)
        return _convolve(self, input, transposed=True) if small else super().forward(input, output_size)


_TWINS: dict[type, type] = {nn.Conv2d: _Conv2d, nn.ConvTranspose2d: _ConvTranspose2d}


def _is_plain(part: Any) -> bool:
    usual = part.groups == 1 and part.dilation == (1, 1) and part.padding_mode == "zeros"
    return usual and not isinstance(part.padding, str) and not any(part.output_padding)


def _is_worth_it(part: Any, planes: Tensor, windows: int, channels: int) -> bool:
    """Whether ``part`` learns now, on few enough ``windows`` a picture, each of so many ``channels``."""
    learns = part.weight.requires_grad and torch.is_grad_enabled() and torch.is_autocast_enabled("cpu")
    if not learns or planes.dim() != 4:
        return False
    return windows <= SMALL_PLANE or (windows <= MEDIUM_PLANE and channels >= MANY_CHANNELS)


def _is_for_pictures(part: Any, planes: Tensor, channels: int) -> bool:
    """Whether ``part`` leads to or from fp32 pictures, each of whose pixels lies in two windows a direction.

    Only while it learns: what samples has the same rounding everywhere.
    """
    if channels > FEW_CHANNELS or planes.dim() != 4 or planes.dtype != torch.float32 or planes.device.type != "cpu":
        return False
    twofold = all(k == 2 * s == 4 * p for k, s, p in zip(part.kernel_size, part.stride, part.padding, strict=True))
    fitting = part.transposed or not any(n % s for n, s in zip(planes.shape[2:], part.stride, strict=True))
    return twofold and fitting and torch.is_grad_enabled() and not torch.is_autocast_enabled("cpu")


def _convolve(part: Any, planes: Tensor, transposed: bool) -> Tensor:
    # Autocast casts what goes into torch's own functions; into ours nobody does.
    dtype = torch.get_autocast_dtype("cpu")
    bias = None if part.bias is None else part.bias.to(dtype)
    weight = part.weight.to(dtype)
    result: Tensor = _Convolution.apply(planes.to(dtype), weight, bias, part.stride, part.padding, transposed)
    return result


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(
        images: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, transposed: bool
    ) -> Tensor:
        return torch.convolution(images, weight, bias, stride, padding, (1, 1), transposed, (0, 0), 1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        images, weight, _, *ctx.how = inputs
        ctx.save_for_backward(images, weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        stride, padding, transposed = ctx.how
        for_images, for_weight, for_bias = ctx.needs_input_grad[:3]
        of_images, of_weight, of_bias = None, None, None
        if for_images:
            of_images, _, _ = torch.ops.aten.convolution_backward(
                gradient, images, weight, None, stride, padding, (1, 1), transposed, (0, 0), 1, (True, False, False)
            )
        if for_bias:
            # Asked for the bias's gradient, oneDNN computes the weight's as well.
            of_bias = gradient.sum((0, 2, 3))
        if for_weight:
            # A transposed convolution is the gradient of an ordinary one: its two planes change places.
            wide, narrow = (gradient, images) if transposed else (images, gradient)
            gathered = _windows(wide, tuple(weight.shape[2:]), stride, padding)
            products = narrow.permute(0, 2, 3, 1).reshape(-1, narrow.shape[1]).t() @ gathered
            of_weight = products.view(len(weight), *weight.shape[2:], weight.shape[1]).permute(0, 3, 1, 2)
        return of_images, of_weight, of_bias, None, None, None


class _Narrow(torch.autograd.Function):
    """A convolution from pictures or, transposed, to pictures, of few channels each."""

    @staticmethod
    def forward(
        planes: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, transposed: bool
    ) -> Tensor:
        if not transposed:
            return F.conv2d(planes, weight, bias, stride, padding)
        pictures = _lay_over(planes, weight, stride)
        return pictures if bias is None else pictures + bias.view(-1, 1, 1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        planes, weight, _, *ctx.how = inputs
        ctx.save_for_backward(planes, weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        planes, weight = ctx.saved_tensors
        stride, padding, transposed = ctx.how
        for_planes, for_weight, for_bias = ctx.needs_input_grad[:3]
        of_planes = None
        if for_planes:
            spread = not transposed
            of_planes = (
                _lay_over(gradient, weight, stride) if spread else F.conv2d(gradient, weight, None, stride, padding)
            )
        biases = [weight.shape[int(transposed)]] if for_bias else None
        _, of_weight, of_bias = torch.ops.aten.convolution_backward(
            *(gradient, planes, weight, biases, stride, padding, (1, 1), transposed, (0, 0), 1),
            (False, for_weight, for_bias),
        )
        return of_planes, of_weight, of_bias, None, None, None


def _lay_over(planes: Tensor, weight: Tensor, stride: tuple[int, ...]) -> Tensor:
    """The transposed convolution of ``planes`` (N, I, H, W) by ``weight`` (I, C, 2 * stride, 2 * stride).

    Each place of a plane makes a window; neighbours overlap by half. The result is (N, C, H * stride, W * stride).
    """
    (count, inner, high, broad), channels, (down, right) = planes.shape, weight.shape[1], stride
    windows = planes.permute(0, 2, 3, 1).reshape(-1, inner) @ weight.permute(0, 2, 3, 1).reshape(inner, -1)
    # Of each window the upper and lower, left and right half.
    halves = windows.view(count, high, broad, 2, down, 2, right, channels)
    pictures = windows.new_zeros(count, high + 1, down, broad + 1, right, channels)
    for below in (0, 1):
        for beside in (0, 1):
            part = halves[:, :, :, below, :, beside].transpose(2, 3)
            pictures[:, below : below + high, :, beside : beside + broad] += part
    whole = pictures.view(count, (high + 1) * down, (broad + 1) * right, channels).permute(0, 3, 1, 2)
    above, aside = down // 2, right // 2
    return whole[:, :, above : above + high * down, aside : aside + broad * right]


def _windows(planes: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]) -> Tensor:
    """What each place of the kernel sees: (N, C, H, W) to (N * windows, kernel height * kernel width * C)."""
    (above, aside), (tall, broad) = padding, kernel
    padded = F.pad(planes.permute(0, 2, 3, 1), (0, 0, aside, aside, above, above))
    seen = padded.unfold(1, tall, stride[0]).unfold(2, broad, stride[1]).permute(0, 1, 2, 4, 5, 3)
    return seen.reshape(-1, tall * broad * planes.shape[1])
