"""Convolutions computed in another way where that is faster on a CPU.

Reasons: oneDNN's bf16 weight gradient leaves the matrix units mostly idle when planes are small and have many channels,
like the inner layers of a GAN: for 64 to 128 channels at 7x7 to 4x4 it takes 2.2 times as long as gathering the windows
(im2col) and multiplying. And its backward passes of strided convolutions from or to the one to four channels of a
picture take two to six times as long as those of plain convolutions over blocks of pixels (space-to-depth).

A layer keeps its weights, hooks and name: only its class is exchanged, so that models, checkpoints and plugins that
made the layer as usual don't notice.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TESTED = {"torch": ("2.11", "2.15")}

# Gathering windows copies each number once per place of the kernel, so it only pays off on small planes.
SMALL_PLANE = 16
MEDIUM_PLANE, MANY_CHANNELS = 64, 64
# Channels of a picture: grey, colour, colour with transparency.
FEW_CHANNELS = 4


def optimize_for_cpu(module: nn.Module) -> None:
    """Give every plain convolution and every ``nn.Sequential`` in ``module`` the faster class of this module.

    Results are the same up to rounding. Subclasses and parametrised convolutions are left unchanged.
    """
    for part in module.modules():
        if type(part) in _TWINS and (isinstance(part, nn.Sequential) or _is_plain(part)):
            part.__class__ = _TWINS[type(part)]


class _Conv2d(nn.Conv2d):
    def forward(self, input: Tensor) -> Tensor:
        if _is_for_pictures(self, input, self.in_channels):
            return _convolve_folded(self, input)
        if not _is_worth_it(self, input, input.shape[-2:].numel() // math.prod(self.stride), self.in_channels):
            return super().forward(input)
        return _convolve(self, input, transposed=False)


class _ConvTranspose2d(nn.ConvTranspose2d):
    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is None and _is_for_pictures(self, input, self.out_channels):
            return _convolve_folded(self, input)
        small = output_size is None and _is_worth_it(self, input, input.shape[-2:].numel(), self.out_channels)
        return _convolve(self, input, transposed=True) if small else super().forward(input, output_size)


class _Sequential(nn.Sequential):
    """Layers in sequence, where an upsampling and the convolution that follows are computed together."""

    def forward(self, input: Tensor) -> Tensor:
        layers = list(self)
        while layers:
            layer = layers.pop(0)
            if layers and _doubles(layer) and _can_enlarge(layers[0], input):
                input = _convolve_enlarged(layers.pop(0), input)
            else:
                input = layer(input)
        return input


_TWINS: dict[type, type] = {
    nn.Conv2d: _Conv2d,
    nn.ConvTranspose2d: _ConvTranspose2d,
    nn.Sequential: _Sequential,
}


def _is_plain(part: Any) -> bool:
    usual = part.groups == 1 and part.dilation == (1, 1) and part.padding_mode == "zeros"
    return usual and not isinstance(part.padding, str) and not any(part.output_padding)


def _is_worth_it(part: Any, planes: Tensor, windows: int, channels: int) -> bool:
    """Return whether ``part`` is learning, with few enough ``windows`` per picture, of ``channels`` each."""
    learns = part.weight.requires_grad and torch.is_grad_enabled() and torch.is_autocast_enabled("cpu")
    if not learns or planes.dim() != 4:
        return False
    return windows <= SMALL_PLANE or (windows <= MEDIUM_PLANE and channels >= MANY_CHANNELS)


def _is_for_pictures(part: Any, planes: Tensor, channels: int) -> bool:
    """Return whether ``part`` leads to or from pictures and each of their pixels lies in two windows per direction.

    Only while it is learning: sampling must round the same way everywhere.
    """
    if channels > FEW_CHANNELS or planes.dim() != 4 or planes.device.type != "cpu":
        return False
    twofold = all(
        # A shorter kernel is padded with zeros; transposed, it would make a smaller picture.
        s == 2 * p and (k == 2 * s if part.transposed else s < k <= 2 * s)
        for k, s, p in zip(part.kernel_size, part.stride, part.padding, strict=True)
    )
    fitting = part.transposed or not any(n % s for n, s in zip(planes.shape[2:], part.stride, strict=True))
    return twofold and fitting and torch.is_grad_enabled()


def _doubles(layer: nn.Module) -> bool:
    """Return whether ``layer`` only repeats each pixel twice per direction, and has no hooks."""
    plain = type(layer) is nn.Upsample and layer.mode == "nearest" and layer.size is None
    return plain and layer.scale_factor in (2, (2, 2)) and not _is_watched(layer)


def _can_enlarge(part: nn.Module, planes: Tensor) -> bool:
    """Return whether ``part`` is learning, on planes (N, C, H, W) on the CPU, with a 3x3 kernel."""
    if type(part) is not _Conv2d or planes.dim() != 4 or planes.device.type != "cpu" or _is_watched(part):
        return False
    usual = part.kernel_size == (3, 3) and part.stride == (1, 1) and part.padding == (1, 1)
    return usual and torch.is_grad_enabled()


def _is_watched(layer: nn.Module) -> bool:
    return bool(layer._forward_hooks or layer._forward_pre_hooks or layer._backward_hooks or layer._backward_pre_hooks)


def _convolve(part: Any, planes: Tensor, transposed: bool) -> Tensor:
    # Autocast casts the arguments of torch's own functions, but not of ours.
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
            # If asked for the bias's gradient, oneDNN also computes the weight's.
            of_bias = gradient.sum((0, 2, 3))
        if for_weight:
            # A transposed convolution is the gradient of an ordinary one: its input and output change places.
            wide, narrow = (gradient, images) if transposed else (images, gradient)
            gathered = _windows(wide, tuple(weight.shape[2:]), stride, padding)
            products = narrow.permute(0, 2, 3, 1).reshape(-1, narrow.shape[1]).t() @ gathered
            of_weight = products.view(len(weight), *weight.shape[2:], weight.shape[1]).permute(0, 3, 1, 2)
        return of_images, of_weight, of_bias, None, None, None


class _Fold(torch.autograd.Function):
    """Pads planes (N, C, H, W) and folds blocks of ``stride`` pixels into channels.

    The result is (N, pixels per block * C, H / stride + 1, W / stride + 1): padding is half a stride.
    """

    @staticmethod
    def forward(planes: Tensor, stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
        count, channels, height, width = planes.shape
        (down, right), high, broad = stride, height // stride[0], width // stride[1]
        folded = _new(planes, count, down * right * channels, high + 1, broad + 1).zero_()
        pixels, blocks = planes.permute(0, 2, 3, 1), folded.permute(0, 2, 3, 1).unflatten(3, (down, right, channels))
        for place, whole in _places(stride, padding, high, broad):
            blocks[(slice(None), *place)] = pixels[(slice(None), *whole)]
        return folded

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, *ctx.how = inputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return _Unfold.apply(gradient, *ctx.how), None, None


class _Unfold(torch.autograd.Function):
    """The inverse of :class:`_Fold`; the padding is cut off."""

    @staticmethod
    def forward(folded: Tensor, stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
        (down, right), high, broad = stride, folded.shape[2] - 1, folded.shape[3] - 1
        blocks = folded.permute(0, 2, 3, 1).unflatten(3, (down, right, -1))
        planes = _new(folded, len(folded), blocks.shape[-1], high * down, broad * right)
        pixels = planes.permute(0, 2, 3, 1)
        for place, whole in _places(stride, padding, high, broad):
            pixels[(slice(None), *whole)] = blocks[(slice(None), *place)]
        return planes

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, *ctx.how = inputs

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return _Fold.apply(gradient, *ctx.how), None, None


def _new(like: Tensor, count: int, channels: int, height: int, width: int) -> Tensor:
    """Return uninitialised planes (N, C, H, W) in channels-last layout, which may be changed in place (not a view)."""
    strides = (height * width * channels, 1, width * channels, channels)
    return torch.empty_strided((count, channels, height, width), strides, dtype=like.dtype, device=like.device)


def _places(
    stride: tuple[int, int], padding: tuple[int, int], high: int, broad: int
) -> Iterator[tuple[tuple[slice | int, ...], tuple[slice, slice]]]:
    """Yield, for each pixel of a block, its place in all blocks (rows, columns, place in the block) and in planes."""
    for row, column in product(*map(range, stride)):
        # Pixels that the padding pushes out of the first block lie in the next one.
        first, left = int(row < padding[0]), int(column < padding[1])
        rows = slice((row - padding[0]) % stride[0], None, stride[0])
        columns = slice((column - padding[1]) % stride[1], None, stride[1])
        yield (slice(first, first + high), slice(left, left + broad), row, column), (rows, columns)


def _convolve_folded(part: Any, planes: Tensor) -> Tensor:
    """Convolve pictures of few channels or, transposed, into such pictures.

    Once blocks are folded into channels, the kernel has two places per direction and a stride of one: the same sums,
    over sixteen channels instead of four, which oneDNN's kernels are made for.
    """
    planes, weight, bias = _cast(planes), _cast(part.weight), part.bias
    (down, right), (inner, outer) = part.stride, weight.shape[:2]
    high, broad = weight.shape[2:]
    if high < 2 * down or broad < 2 * right:
        weight = F.pad(weight, (0, 2 * right - broad, 0, 2 * down - high))
    kernels = weight.view(inner, outer, 2, down, 2, right).permute(0, 2, 4, 3, 5, 1).flatten(3).permute(0, 3, 1, 2)
    if not part.transposed:
        return F.conv2d(_Fold.apply(planes, part.stride, part.padding), kernels, bias)
    if bias is not None:
        bias = bias.repeat(down * right)
    unfolded: Tensor = _Unfold.apply(F.conv_transpose2d(planes, kernels, bias), part.stride, part.padding)
    return unfolded


# Which of a kernel's three rows fall on the upper and the lower of two rows that were four after upsampling. In the
# order of _Unfold, the second and third of those four are the first and last pixel of a block.
_ROWS = torch.tensor([[[1.0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])


def _convolve_enlarged(part: Any, planes: Tensor) -> Tensor:
    """Convolve ``planes``, each pixel repeated twice per direction, with a 3x3 kernel, without repeating pixels.

    Where a kernel covers two equal pixels, its weights can be added. That leaves four kernels of 2x2, one for each
    pixel of a block, with less than half the multiplications.
    """
    kernels = torch.einsum("ayk,bxl,oikl->aboyxi", _ROWS, _ROWS, part.weight).flatten(0, 2).permute(0, 3, 1, 2)
    bias = None if part.bias is None else part.bias.repeat(4)
    unfolded: Tensor = _Unfold.apply(F.conv2d(planes, kernels, bias, padding=1), (2, 2), (1, 1))
    return unfolded


def _cast(tensor: Tensor) -> Tensor:
    """Cast ``tensor`` as autocast casts the arguments of torch's own functions."""
    return tensor.to(torch.get_autocast_dtype("cpu")) if torch.is_autocast_enabled("cpu") else tensor


def _windows(planes: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...]) -> Tensor:
    """Gather the window of each place of the kernel: (N, C, H, W) to (N * windows, kernel height * width * C)."""
    (above, aside), (tall, broad) = padding, kernel
    padded = F.pad(planes.permute(0, 2, 3, 1), (0, 0, aside, aside, above, above))
    seen = padded.unfold(1, tall, stride[0]).unfold(2, broad, stride[1]).permute(0, 1, 2, 4, 5, 3)
    return seen.reshape(-1, tall * broad * planes.shape[1])
