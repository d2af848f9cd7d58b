"""The main directions of variation of a generator, from the weights of its first layers alone.

Closed-form factorisation (SeFa; Shen and Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs"): if a
latent z enters as A z + b, then moving it along n changes the input of the rest of the network by A n, and the unit
vectors n for which that is largest are the eigenvectors of AᵀA with the largest eigenvalues (equations 6 to 8). If a
latent, or a style, enters several layers, their matrices A are stacked, which sums their AᵀA.
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

# The functions that layers call, whatever their class.
LINEAR = (F.linear, F.conv1d, F.conv2d, F.conv3d, F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
# Layers with more inputs than this are ignored, because their A would have to be written out.
MOST_INPUTS = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Directions of variation, the strongest first.

    Attributes:
        vectors: (D, D) float32, one unit vector per row, with the sign that makes its largest component positive.
        shares: (D,) share of the variation at the input of the first layers that is along each; they sum to 1.
        layers: number of layers that the latent, or the style, enters.
    """

    vectors: NDArray[np.float32]
    shares: NDArray[np.float64]
    layers: int


def find_directions(draw: Callable[[Tensor], Tensor], shifts: Tensor, network: nn.Module) -> Directions | None:
    """Find the main directions of the shifts that ``draw`` adds to its latents or styles.

    The layers are found by tracing: all linear layers and convolutions that the shift reaches without passing through
    another one. On the way it may be scaled, normalised or concatenated with an embedding.

    Args:
        draw: maps shifts (N, *shape) to images; each image must depend only on its own shift.
        shifts: zeros (N, *shape), on the device of ``network``. If the operations before the first layers aren't
            linear, AᵀA is averaged over these.
        network: the network; its parameters are frozen meanwhile.

    Returns:
        The directions; None if there are no such layers, or no gradient passes.
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
    """A call of a layer: its function, inputs (N, …), weight, and the arguments after the bias."""

    function: Any
    inputs: Tensor
    weight: Tensor
    rest: tuple[Any, ...]
    named: dict[str, Any]

    def gram(self, moved: Tensor, size: int) -> Tensor:
        """Return AᵀA (size, size) float64, where A maps the shift to the layer's output; averaged over all shifts."""
        inputs = self.inputs.flatten(1)
        basis = torch.eye(inputs.shape[1], device=inputs.device).reshape(-1, *self.inputs.shape[1:])
        with torch.no_grad():
            # The layer's outputs for all unit vectors are its matrix, whatever its stride and padding.
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
    """While active, records the linear layers that a gradient reaches, and detaches their outputs."""

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
    """Freeze the parameters inside the ``with``, so that only the shift has gradients."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
