"""The main directions of variation of a generator, from nothing but the weights of its first layers.

Closed-form factorisation (SeFa; Shen and Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs"): if a
latent z enters by A z + b, then moving it along n changes what the rest of the network sees by A n, and the unit
vectors n for which that is largest are the eigenvectors of AᵀA with the largest eigenvalues (equations 6 to 8). Where
a latent, or a style, enters several layers, their A stand one below the other, which adds up their AᵀA.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

# What layers compute with, whatever class they are of.
LINEAR = (F.linear, F.conv1d, F.conv2d, F.conv3d, F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
# Numbers that a layer may take in, for its A to be written out.
MOST_INPUTS = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Directions of variation, the strongest first.

    Attributes:
        vectors: (D, D) float32, a unit vector a row; its sign is such that its largest number is positive.
        shares: (D,), how much of all variation that the first layers see is along each; they add up to 1.
        layers: how many layers the latent, or the style, enters.
    """

    vectors: NDArray[np.float32]
    shares: NDArray[np.float64]
    layers: int


def find_directions(draw: Callable[[Tensor], Tensor], shifts: Tensor, network: nn.Module) -> Directions | None:
    """The main directions of what ``draw`` adds to its latents or styles.

    The layers are found by looking: those linear ones and convolutions that the shift reaches without having gone
    through another. On the way it may be scaled, normalised or put beside an embedding.

    Args:
        draw: images of shifts (N, *shape); each must depend on its own shift alone.
        shifts: zeros (N, *shape), on the device of ``network``. If what comes before the first layers isn't linear,
            AᵀA is the mean over these.
        network: whose parameters are left alone meanwhile.

    Returns:
        None if there are no such layers, or no gradient comes through.
    """
    shape, size = shifts.shape[1:], shifts[0].numel()
    gram = torch.zeros(size, size, dtype=torch.float64)
    with torch.enable_grad(), _frozen(network):
        moved = shifts.detach().clone().requires_grad_()
        with _Entrances() as entrances:
            draw(moved)
        if not entrances.found:
            return None
        for entrance in entrances.found:
            gram += entrance.gram(moved, size)
    values, vectors = torch.linalg.eigh(gram)
    values, rows = values.flip(0).clamp(min=0).numpy(), vectors.flip(1).T.numpy()
    if not np.isfinite(values).all() or values.sum() == 0:
        return None
    signs = np.sign(rows[np.arange(size), np.abs(rows).argmax(axis=1)])
    unit = (rows * signs[:, None]).astype(np.float32).reshape(size, *shape)
    return Directions(unit, values / values.sum(), len(entrances.found))


@dataclass(slots=True, eq=False)
class _Entrance:
    """A call of a layer: its function, what came in (N, …), its weight, and arguments after the bias."""

    function: Any
    inputs: Tensor
    weight: Tensor
    rest: tuple[Any, ...]
    named: dict[str, Any]

    def gram(self, moved: Tensor, size: int) -> Tensor:
        """AᵀA (size, size) float64, A being from the shift to what comes out; the mean over all shifts."""
        inputs = self.inputs.flatten(1)
        basis = torch.eye(inputs.shape[1], device=inputs.device).reshape(-1, *self.inputs.shape[1:])
        with torch.no_grad():
            # What the layer makes of each unit vector is its matrix, whatever its stride and padding.
            made = self.function(basis.to(self.inputs.dtype), self.weight, None, *self.rest, **self.named)
            columns = made.flatten(1).double()
            own = (columns @ columns.t()).cpu()
        slopes = torch.zeros(inputs.shape[1], len(inputs), size, dtype=torch.float64)
        for number, one in enumerate(inputs.unbind(1)):
            (slope,) = torch.autograd.grad(one.sum(), moved, retain_graph=True, allow_unused=True)
            if slope is not None:
                slopes[number] = slope.flatten(1).double().cpu()
        return torch.einsum("ina,ij,jnb->ab", slopes, own, slopes) / len(inputs)


class _Entrances(TorchFunctionMode):
    """While it is entered, notes the linear layers that a gradient comes to, and lets none through them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Entrance] = []

    def __torch_function__(
        self, function: Any, types: Any, arguments: tuple[Any, ...] = (), named: dict[str, Any] | None = None
    ) -> Any:
        named = named or {}
        result = function(*arguments, **named)
        if function not in LINEAR:
            return result
        given = dict(zip(("input", "weight", "bias"), arguments, strict=False)) | named
        inputs = given["input"]
        if inputs.requires_grad and inputs.dim() > 1 and inputs[0].numel() <= MOST_INPUTS:
            others = {key: value for key, value in named.items() if key not in ("input", "weight", "bias")}
            self.found.append(_Entrance(function, inputs, given["weight"].detach(), arguments[3:], others))
        return result.detach()


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Inside, no parameter asks for a gradient: what has one has it of the shift."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
