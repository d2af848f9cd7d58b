"""Layers that learn as fast as their weights are large: equalised learning rates (Karras et al. 2018, section 4.1)."""

from typing import Any, TypeVar

import torch
from torch import nn

Convolution = nn.Conv2d | nn.ConvTranspose2d
Layer = TypeVar("Layer", nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
RATE = "learning_rate_factor"


def equalised(layer: Layer, gain: float = 1.0, multiplier: float = 1.0, bias: float = 0.0) -> Layer:
    """``layer`` with weights from N(0, gain² / inputs) and a constant bias, for :func:`equalise_rates`.

    In the paper weights are drawn from N(0, 1) and scaled where they are used. Adam's steps don't depend on the size of
    gradients, so weights drawn at their scale and steps scaled alike are the same training, and no layer is scaled.

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


def equalise_rates(optimizer: torch.optim.Optimizer, network: nn.Module) -> torch.optim.Optimizer:
    """Give each parameter of the :func:`equalised` layers of ``network`` its learning rate in ``optimizer``.

    Args:
        optimizer: new, of some or all parameters of ``network``, in one group. It gets a group for each rate.
        network: what it trains.
    """
    factors, rate = learning_rate_factors(network), optimizer.defaults["lr"]
    whole = optimizer.param_groups.pop()
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in whole["params"]:
        groups.setdefault(factors.get(parameter, 1.0), []).append(parameter)
    for factor, members in groups.items():
        scaled: dict[str, Any] = {name: rate * factor for name in ("lr", "initial_lr") if name in whole}
        optimizer.add_param_group({**whole, **scaled, "params": members})
    return optimizer


def _inputs(layer: nn.Linear | Convolution) -> int:
    """Numbers that make up one output."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    places = layer.kernel_size[0] * layer.kernel_size[1]
    if isinstance(layer, nn.ConvTranspose2d):
        places //= layer.stride[0] * layer.stride[1]
    return layer.in_channels * places
