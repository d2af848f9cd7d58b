"""Equalised learning rates: steps in proportion to the scale of a layer's weights (Karras et al. 2018, section 4.1)."""

from typing import Any, TypeVar

import torch
from torch import nn

Convolution = nn.Conv2d | nn.ConvTranspose2d
Layer = TypeVar("Layer", nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
RATE = "learning_rate_factor"


def equalised(layer: Layer, gain: float = 1.0, multiplier: float = 1.0, bias: float = 0.0) -> Layer:
    """Initialise ``layer`` with weights from N(0, gain² / inputs) and a constant bias, for :func:`equalise_rates`.

    In the paper, weights are drawn from N(0, 1) and scaled at each use. Adam's steps don't depend on the size of
    gradients, so drawing weights at their final scale and scaling the steps instead trains equally, without scaling
    any layer.

    Args:
        layer: a new layer.
        gain: standard deviation of the outputs for inputs with a standard deviation of 1.
        multiplier: an additional factor of the layer's learning rate.
        bias: initial value of biases, if there are any.
    """
    vars(layer)[RATE] = gain * multiplier
    nn.init.normal_(layer.weight, 0.0, gain / _inputs(layer) ** 0.5)
    if layer.bias is not None:
        nn.init.constant_(layer.bias, bias)
    return layer


def learning_rate_factors(network: nn.Module) -> dict[nn.Parameter, float]:
    """Return the factor of the learning rate for each parameter of the :func:`equalised` layers in ``network``."""
    factors = {}
    for layer in network.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)) and RATE in vars(layer):
            rate = vars(layer)[RATE]
            for parameter in layer.parameters():  # under any name that a parametrisation gives them
                factors[parameter] = rate / _inputs(layer) ** 0.5 if parameter.dim() > 1 else rate
    return factors


def equalise_rates(optimizer: torch.optim.Optimizer, network: nn.Module) -> torch.optim.Optimizer:
    """Give each parameter of the :func:`equalised` layers of ``network`` its learning rate in ``optimizer``.

    Args:
        optimizer: a new one for some or all parameters of ``network``, in one group. It gets one group per rate.
        network: the network it trains.
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
    """Return how many inputs make up one output."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    places = layer.kernel_size[0] * layer.kernel_size[1]
    if isinstance(layer, nn.ConvTranspose2d):
        places //= layer.stride[0] * layer.stride[1]
    return layer.in_channels * places
