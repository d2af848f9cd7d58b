"""Draw the trainer's batches from prepared images, without worker processes."""

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.data.batch import Batch
from artgan.data.prepare import Prepared

# The data set is kept on the GPU if it takes at most this share of the free memory.
DEVICE_SHARE = 0.25


class Feed:
    """Draws the batch of any step: every image once per epoch, in an order that depends on seed and epoch only.

    Images stay uint8 until they are in a batch. If they fit, they are kept on the GPU; if not, they are copied through
    pinned memory while the GPU computes. On the CPU they are read straight from the memory map.
    """

    def __init__(
        self,
        prepared: Prepared,
        batch_size: int,
        seed: int,
        device: torch.device,
        shard: tuple[int, int] = (0, 1),
        *,
        mirror: bool = False,
        balance: bool = False,
    ) -> None:
        """Prepare to draw batches.

        Args:
            prepared: the images.
            batch_size: images per batch, of all processes together.
            seed: seed of the order.
            device: the device that batches are moved to.
            shard: (rank, processes).
            mirror: whether to mirror a random half of each batch.
            balance: whether to show all labels equally often. Images of rare labels then repeat within an epoch, and
                some images of frequent labels are skipped.
        """
        self.device = device
        self.shard = shard
        self.seed = seed
        self.batch_size = batch_size
        self.images = _tensor(prepared.images)
        self.labels = None if prepared.labels is None else _tensor(prepared.labels)
        self.count = len(self.images)
        self.mirror = mirror
        self._of_label = _by_label(prepared.labels) if balance and prepared.labels is not None else []
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)
        # Latents are drawn on the CPU, so that all devices see the same numbers.
        self._generator = torch.Generator()
        if device.type == "cuda" and self.images.numel() < DEVICE_SHARE * torch.cuda.mem_get_info(device)[0]:
            self.images = self.images.to(device)
            self.labels = None if self.labels is None else self.labels.to(device)

    @property
    def steps_per_epoch(self) -> int:
        """Number of steps to show each image once, rounded up."""
        return -(-self.count // self.batch_size)

    def batch(self, step: int) -> Batch:
        """Return this process's part of the batch of ``step``, and seed the step's randomness."""
        rank, processes = self.shard
        chosen = self._indices(step)[rank::processes]
        images, labels = self._gather(chosen)
        if self.mirror:
            images = torch.where(self._mirrored(step, images.device), images.flip(2), images)
        # (N, H, W, C) in memory is (N, C, H, W) in channels-last layout, so nothing is copied.
        real = images.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1)
        self._generator.manual_seed(_mix(self.seed, step))
        # Random numbers of layers, such as dropout, differ between processes and between steps.
        _seed_device(self.device, _mix(self.seed, step, rank + 1))
        return Batch(real, labels, step, self._generator, self.shard)

    def _indices(self, step: int) -> Tensor:
        """Return the indices of a step's images; a batch that crosses the end of an epoch continues with the next."""
        start = step * self.batch_size
        parts, wanted = [], self.batch_size
        while wanted:
            epoch, offset = divmod(start, self.count)
            part = self._permutation(epoch)[offset : offset + wanted]
            parts.append(part)
            start += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _permutation(self, epoch: int) -> Tensor:
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(_mix(self.seed, epoch, 2**31))
            order = torch.randperm(self.count, generator=generator)
            self._order = self._balanced(order, epoch, generator) if self._of_label else order
            self._epoch = epoch
        return self._order

    def _balanced(self, order: Tensor, epoch: int, generator: torch.Generator) -> Tensor:
        """Return an order with equally many images of each label, shuffled as ``order`` says."""
        labels = len(self._of_label)
        drawn = []
        for number, images in enumerate(self._of_label):
            wanted = (self.count + (number + epoch) % labels) // labels
            rounds = [torch.randperm(len(images), generator=generator) for _ in range(-(-wanted // len(images)))]
            drawn.append(images[torch.cat(rounds)[:wanted]])
        return torch.cat(drawn)[order]

    def _mirrored(self, step: int, device: torch.device) -> Tensor:
        """Return which images of this process's part are mirrored, (N, 1, 1, 1)."""
        rank, processes = self.shard
        generator = torch.Generator().manual_seed(_mix(self.seed, step, 2**32))
        chosen = torch.rand(self.batch_size, generator=generator)[rank::processes] < 0.5
        return chosen.view(-1, 1, 1, 1).to(device)

    def _gather(self, chosen: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.images.device.type != "cpu":
            chosen = chosen.to(self.device, non_blocking=True)
            return self.images[chosen], None if self.labels is None else self.labels[chosen]
        images = self.images.index_select(0, chosen)
        labels = None if self.labels is None else self.labels.index_select(0, chosen)
        if self.device.type == "cpu":
            return images, labels
        if self.device.type == "cuda":
            images = images.pin_memory()
        moved = images.to(self.device, non_blocking=True)
        return moved, None if labels is None else labels.to(self.device, non_blocking=True)


def _by_label(labels: NDArray[Any]) -> list[Tensor]:
    """Return the indices of each label's images, for labels that have any."""
    return [torch.from_numpy(np.flatnonzero(labels == label)) for label in np.unique(labels)]


def _tensor(array: NDArray[Any]) -> Tensor:
    """Return a tensor that shares a read-only array; nothing writes to it, so torch's warning doesn't apply."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return torch.from_numpy(array)


def _mix(*numbers: int) -> int:
    """Return a 63-bit seed made of several numbers (splitmix64's finaliser over each in turn)."""
    mixed = 0
    for number in numbers:
        mixed = (mixed + number + 0x9E3779B97F4A7C15) & (2**64 - 1)
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
        mixed ^= mixed >> 31
    return mixed >> 1


def _seed_device(device: torch.device, seed: int) -> None:
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
