"""Schedules of a training run, as functions of the share of its budget that is spent."""

from math import cos, pi
from typing import Literal

import torch
from torch import Tensor

Decay = Literal["none", "linear", "cosine"]


def decay(kind: Decay, fraction: float, begin: float = 0.0) -> float:
    """Return a factor that decays from 1 to 0 as ``fraction`` of the budget is spent.

    Args:
        kind: ``"none"`` stays 1; ``"linear"`` is a straight line (Zhu et al. 2017, section 4); ``"cosine"`` is half a
            cosine wave (Loshchilov and Hutter 2017, equation 5, without restarts).
        fraction: share of the budget, in steps or time, in [0, 1].
        begin: share of the budget during which the factor stays 1, in [0, 1).
    """
    if kind == "none" or fraction <= begin:
        return 1.0
    left = max(0.0, 1 - (fraction - begin) / (1 - begin))
    return left if kind == "linear" else 0.5 * (1 - cos(pi * left))


def instance_noise(deviation: float, fraction: float) -> float:
    """Return the standard deviation of the normal noise on images, which decays linearly to 0 over the budget.

    Arjovsky and Bottou 2017, section 3; Sønderby et al. 2017, section 3.2 (decay).
    """
    return deviation * (1 - fraction)


class LearningRates:
    """Sets the learning rates of optimisers at every step.

    Each parameter group stores its initial rate as ``initial_lr``, which checkpoints contain: resumed training
    continues from the same number.
    """

    def __init__(self, kind: Decay, begin: float) -> None:
        self.kind, self.begin = kind, begin
        self._optimizers: list[torch.optim.Optimizer] = []

    def follow(self, optimizer: torch.optim.Optimizer) -> None:
        """Set the rates of this optimiser, too."""
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self._optimizers.append(optimizer)

    def set(self, fraction: float) -> None:
        """Set the rates of the step before which ``fraction`` of the budget is spent."""
        factor = decay(self.kind, fraction, self.begin)
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                rate = group["initial_lr"] * factor
                if isinstance(group["lr"], Tensor):  # read at every replay of a recorded step
                    group["lr"].fill_(rate)
                else:
                    group["lr"] = rate
