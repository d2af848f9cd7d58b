"""The input of one training step: real images, their labels and the step's randomness."""

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(slots=True)
class Batch:
    """The input of a phase's loss: real images, and the randomness of this step.

    Attributes:
        images: real images, (N, C, H, W) float in [-1, 1].
        labels: (N,) int64, or None if the data set has none.
        step: number of this step, from 0.
        generator: source of this step's latents, seeded from the run's seed and the step, so that a resumed run
            equals an uninterrupted one.
        shard: (rank, processes): this process has part ``rank`` of the whole batch.
        memo: tensors that a phase keeps for later phases of the same step, such as generated images.
        fraction: share of the budget (steps or time) spent before this step, in [0, 1).
    """

    images: Tensor
    labels: Tensor | None
    step: int
    generator: torch.Generator
    shard: tuple[int, int] = (0, 1)
    memo: dict[str, Tensor] = field(default_factory=dict)
    fraction: float = 0.0

    def __len__(self) -> int:
        return len(self.images)

    def latents(self, *shape: int) -> Tensor:
        """Draw standard normal latents (N, *shape) for this process's part of the batch.

        Every process draws the latents of the whole batch and keeps its own, so that they don't depend on the number
        of processes.
        """
        rank, processes = self.shard
        count = len(self.images)
        # From pinned memory, the GPU copies them in its own time, and the CPU doesn't have to wait.
        drawn = torch.randn(count * processes, *shape, generator=self.generator, pin_memory=self.images.is_cuda)
        if processes > 1:
            drawn = drawn[rank::processes]
        return drawn.to(self.images.device, self.images.dtype, non_blocking=True)
