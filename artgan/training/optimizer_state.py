"""Restores an optimiser's state after checking it, since it comes from a file of any origin."""

import math
from typing import Any

import torch
from torch import Tensor

# How an optimiser computes, not what: this depends on the current machine, not on the one that wrote the file.
_OF_THE_MACHINE = frozenset({"foreach", "capturable", "differentiable", "fused"})
_ADAM = frozenset({"step", "exp_avg", "exp_avg_sq"})
# State that torch's optimisers keep in the shape of the parameter.
_MOMENTS = frozenset(
    {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", "exp_inf", "momentum_buffer", "square_avg", "grad_avg", "sum"}
)


def restore(optimizer: torch.optim.Optimizer, state: dict[int, dict[str, Any]], groups: Any) -> None:
    """Restore ``state`` (by parameter, then by name) and the settings in ``groups``.

    Settings that the file lacks stay as they are.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: if this optimiser can't have written that.
    """
    own = plain_groups(optimizer.state_dict()["param_groups"])
    if len(groups) != len(own):
        raise ValueError(f"{len(groups)} parameter groups instead of {len(own)}")
    merged = [_merged(mine, theirs) for mine, theirs in zip(own, groups, strict=True)]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, values in state.items():
        if not 0 <= number < len(parameters):
            raise ValueError(f"there is no parameter {number}")
        _check(parameters[number], values)
    optimizer.load_state_dict({"state": state, "param_groups": merged})
    _match_layout(optimizer)


def plain_groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the settings in ``groups``, with tensors as numbers."""
    return [
        {name: value.item() if isinstance(value, Tensor) else value for name, value in group.items()}
        for group in groups
    ]


def _merged(own: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return the settings in ``theirs`` after checking that they have the same types as ``own``."""
    for key, value in own.items():
        found = theirs.get(key, value)
        if key == "params":
            same = found == value
        elif isinstance(value, (list, tuple)):
            same = isinstance(found, list | tuple) and len(found) == len(value) and all(map(_is_number, found))
        elif _is_number(value):
            same = _is_number(found)
        else:
            same = found is None or isinstance(found, type(value)) or value is None
        if not same:
            raise ValueError(f"{found!r} isn't valid for {key}"[:200])
    return {**own, **{key: value for key, value in theirs.items() if key in own and key not in _OF_THE_MACHINE}}


def _check(parameter: Tensor, values: dict[str, Any]) -> None:
    if values.keys() & _ADAM and not values.keys() >= _ADAM:
        raise ValueError(f"{sorted(_ADAM - values.keys())[0]} is missing")
    for name, value in values.items():
        if name in _MOMENTS and not (isinstance(value, Tensor) and value.shape == parameter.shape):
            raise ValueError(f"{name} doesn't have its parameter's shape")
    step = values.get("step")
    if isinstance(step, Tensor):
        if step.numel() != 1:
            raise ValueError("step isn't a single number")
        values["step"] = step.reshape(()).float()
    elif step is not None and not _is_number(step):
        raise ValueError("step isn't a number")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _match_layout(optimizer: torch.optim.Optimizer) -> None:
    """Give moments the memory layout of their parameters, since fused kernels walk through both side by side."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                state[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
