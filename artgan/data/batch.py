"""What one step of training is given: real images, their labels and the step's randomness."""

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(slots=True)
class Batch:
    """What a phase's loss is a function of: real images, and the randomness of this step.

    Attributes:
        images: (N, C, H, W) float in [-1, 1], real images.
        labels: (N,) int64, or None if the data set has none.
        step: number of this step, from 0.
        generator: source of this step's latents; seeded from the run's seed and the step, so that a resumed run
            equals an uninterrupted one.
        shard: (rank, processes): this process has part ``rank`` of the whole batch.
        memo: anything that a phase leaves for a later phase of the same step (generated images, say).
        fraction: how much of the budget (steps or time) is spent before this step, in [0, 1).
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
        """Standard normal latents (N, *shape) for this process's part of the batch.

        The whole batch's latents are drawn in every process and then cut, so that they don't depend on how many
        processes there are.
        """
        rank, processes = self.shard
        count = len(self.images)
        # From pinned memory a GPU takes them when it comes to it, and the processor need not wait.
        drawn = torch.randn(count * processes, *shape, generator=self.generator, pin_memory=self.images.is_cuda)
        if processes > 1:
            drawn = drawn[rank::processes]
        return drawn.to(self.images.device, self.images.dtype, non_blocking=True)
