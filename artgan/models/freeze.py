"""FreezeD (Mo, Cho and Shin 2020): fine-tuning with the lowest layers of the discriminator frozen."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import ParametrizationList

from artgan.data.dataset import ImageInfo
from artgan.errors import UserError

IMAGES = 4


def freeze_lowest(discriminator: nn.Module, layers: int, data: ImageInfo, conditional: bool) -> None:
    """Freeze the first ``layers`` layers that an image passes, together with their norms.

    A layer is a module with a weight matrix or kernel; a forward pass shows their order. Embeddings of labels aren't
    layers, and continue to learn. Frozen layers still pass gradients to the images, which the generator needs.

    Raises:
        UserError: if no layer would be left to learn, or the order of layers can't be determined.
    """
    order = _passed(discriminator, data, conditional)
    weighty = [name for name, module in order if _is_layer(module)]
    if not weighty:
        raise UserError(
            "freeze_d freezes the lowest layers of a discriminator, but can't determine their order in this one: "
            "leave it out, or choose another model."
        )
    if layers >= len(weighty):
        raise UserError(
            f"freeze_d={layers} freezes the whole discriminator: it has {len(weighty)} layers, and at least the last "
            f"must learn. Set -o freeze_d={len(weighty) - 1} or less."
        )
    first_to_learn = weighty[layers]
    for name, module in order:
        if name == first_to_learn:
            break
        if not isinstance(module, nn.Embedding):
            for parameter in _own(module):
                parameter.requires_grad_(False)


def _passed(discriminator: nn.Module, data: ImageInfo, conditional: bool) -> list[tuple[str, nn.Module]]:
    """Return the modules with parameters of their own, by name, in the order in which a forward pass finishes them."""
    first = next(discriminator.parameters(), None)
    device = first.device if first is not None else torch.device("cpu")
    trial = copy.deepcopy(discriminator).train()
    names: dict[str, None] = {}  # a set that keeps its order
    for name, module in trial.named_modules():
        if _own(module) and not isinstance(module, ParametrizationList):  # part of the layer it normalises
            module.register_forward_hook(lambda *_, name=name: names.setdefault(name))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), torch.no_grad():
        images = torch.randn(IMAGES, data.channels, data.height, data.width, device=device)
        labels: list[Tensor] = [torch.zeros(IMAGES, dtype=torch.int64, device=device)] if conditional else []
        try:
            trial(images, *labels)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
            return []
    return [(name, discriminator.get_submodule(name)) for name in names]


def _own(module: nn.Module) -> list[nn.Parameter]:
    """Return a module's own parameters, including normalised ones (spectral_norm)."""
    normalised = getattr(module, "parametrizations", None)
    inner = normalised.parameters() if isinstance(normalised, nn.ModuleDict) else ()
    return [*module.parameters(recurse=False), *inner]


def _is_layer(module: nn.Module) -> bool:
    return not isinstance(module, nn.Embedding) and any(parameter.dim() >= 2 for parameter in _own(module))
