"""Averages what the phases return, without waiting for the device at every step."""

import torch
from torch import Tensor


class Meter:
    """Keeps tensors until their means are needed."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Tensor]] = {}

    def add(self, phase: str, losses: dict[str, Tensor]) -> None:
        """Add what a phase returned; its ``"loss"`` is kept under the phase's name."""
        for name, value in losses.items():
            self._kept.setdefault(phase if name == "loss" else name, []).append(value.detach().reshape(-1))

    def means(self) -> tuple[list[str], Tensor]:
        """Return the names and means (as one tensor) of everything since :meth:`clear`."""
        names = sorted(self._kept)
        values = [torch.cat(self._kept[name]).float().mean() for name in names]
        return names, torch.stack(values) if values else torch.empty(0)

    def clear(self) -> None:
        """Start the next means."""
        self._kept.clear()

    def kept(self) -> dict[str, Tensor]:
        """Return the values of the next means by name: (values,)."""
        return {name: torch.cat(values) for name, values in self._kept.items()}

    def restore(self, kept: dict[str, Tensor], device: torch.device) -> None:
        """Continue from what another meter has kept."""
        self._kept = {name: [values.to(device).reshape(-1)] for name, values in kept.items()}
