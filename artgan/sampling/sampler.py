"""Sample images from a model such that each depends only on the checkpoint, the seed and its own index."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.data.dataset import ImageInfo
from artgan.errors import ArtganError, UserError, unknown
from artgan.models.latent_model import require_latents
from artgan.models.model import Model
from artgan.plugins.errors import plugin_call

Labels = Sequence[int | str] | Literal["each"] | None
"""Labels to sample: names or numbers (image *i* gets entry ``i % len``), ``"each"`` (all in turn), or None (random
ones if the model is conditional)."""

_MOST_WORKERS = 16

# Philox counters at which the streams of a block start; 2**64 draws apart, so that they never overlap.
_LATENTS = np.array([0, 0, 0, 0], dtype=np.uint64)
_LABELS = np.array([0, 0, 0, 1], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Some images of one seed.

    Attributes:
        positions: (N,) position of each image in the requested sequence of indices.
        indices: (N,) index of each image.
        images: (N, C, H, W) uint8, on the CPU.
        labels: (N,) int64, or None if the model is unconditional.
        scores: (N,) float32, how real each image looks to the model, higher is better; None if it can't tell.
    """

    positions: NDArray[np.int64]
    indices: NDArray[np.int64]
    images: Tensor
    labels: NDArray[np.int64] | None
    scores: NDArray[np.float32] | None


class Sampler:
    """Samples images: image *i* of a seed has the same bytes no matter how many others are sampled with it.

    Latents come in blocks, each from a counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy
    as 1, 2, 3") keyed by (seed, block). The network always gets a complete block, even if only one of its images is
    needed: matrix products of another shape may round differently. On a CPU several blocks are processed at once, so a
    model's ``sample`` and ``score`` are called from several threads.
    """

    def __init__(self, model: Model, device: str | torch.device | None = None) -> None:
        """Move ``model`` to ``device`` (None: leave it where it is) and put it into evaluation mode.

        Raises :class:`UserError` if the model doesn't make images from latents.
        """
        self.model = require_latents(model)
        self.device = torch.device(device or next(model.parameters()).device)
        self.model.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        self.info = model.data
        self.block = block_size(self.info)

    def sample(self, n: int, seed: int = 0, labels: Labels = None, truncation: float = 1.0) -> Tensor:
        """Return images 0 to ``n - 1`` of ``seed``: uint8 (N, C, H, W). Raises :class:`UserError` like :meth:`draw`."""
        if n < 1:
            raise UserError(f"Can't sample {n} images: ask for at least 1.")
        return self.images(range(n), seed, labels, truncation)

    def images(self, indices: Sequence[int], seed: int = 0, labels: Labels = None, truncation: float = 1.0) -> Tensor:
        """Return the images with these indices, in this order: uint8 (N, C, H, W)."""
        result = torch.empty(len(indices), *self.info.shape, dtype=torch.uint8)
        for drawn in self.draw(indices, seed, labels, truncation, score=False):
            result[torch.from_numpy(drawn.positions)] = drawn.images
        return result

    def draw(
        self,
        indices: Sequence[int] | NDArray[np.int64],
        seed: int = 0,
        labels: Labels = None,
        truncation: float = 1.0,
        *,
        score: bool = True,
    ) -> Iterator[Drawn]:
        """Yield the images with these indices, block by block in ascending order, so that memory use stays flat.

        Args:
            indices: any integers from 0, in any order; cheapest if consecutive.
            seed: 0 to 2**63 - 1.
            labels: see :data:`Labels`.
            truncation: in (0, 1]; 1 leaves the latents unchanged.
            score: whether to ask the model for scores.

        Raises:
            UserError: for an invalid seed, index, truncation or label.
            ArtganError: if the model makes images of a wrong shape, or values that aren't numbers.
        """
        check_seed(seed)
        check_truncation(truncation)
        wanted = np.asarray(indices, dtype=np.int64)
        if len(wanted) and wanted.min() < 0:
            raise UserError(f"Can't sample image {wanted.min()}: indices start at 0.")
        cycle = self.label_cycle(labels)
        return self._blocks(wanted, seed, cycle, truncation, score)

    def latents(
        self, indices: Sequence[int], seed: int, labels: Labels = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
        """Return the latents (N, *latent_shape) of the images with these indices, and their labels (N,) or None."""
        cycle = self.label_cycle(labels)
        places = [(index // self.block, index % self.block) for index in indices]
        latents = {number: self._latents(number, seed) for number in {number for number, _ in places}}
        found = {number: self._labels(number, seed, cycle) for number in latents}
        chosen = [known[row] for number, row in places if (known := found[number]) is not None]
        return np.stack([latents[number][row] for number, row in places]), np.array(chosen) if chosen else None

    def render(
        self, latents: NDArray[np.float32], labels: NDArray[np.int64] | None = None, truncation: float = 1.0
    ) -> Tensor:
        """Return images (N, C, H, W) uint8 for any latents (N, *latent_shape), and labels (N,) if conditional.

        For the results of :meth:`latents` they are the images of :meth:`draw`.
        """
        asked = None if labels is None else torch.from_numpy(labels)
        return to_uint8(self.whole(partial(self._sample, truncation), torch.from_numpy(latents), asked))

    @torch.inference_mode()
    def whole(self, make: Callable[..., Tensor], *parts: Tensor | None) -> Tensor:
        """Return ``make(*parts)`` (N, …), float, on the CPU, called with blocks of the parts (N, …), or None for None.

        Blocks are always complete: other shapes may round differently.
        """
        found, count = [], next(len(part) for part in parts if part is not None)
        for first in range(0, count, self.block):
            rows = torch.arange(first, first + self.block).clamp(max=count - 1)
            made = make(*(None if part is None else part[rows].to(self.device) for part in parts))
            found.append(made.float().cpu()[: count - first])
        return torch.cat(found)

    def _sample(self, truncation: float, latents: Tensor, labels: Tensor | None) -> Tensor:
        with plugin_call():
            return self.model.sample(latents, labels, truncation)

    def label_cycle(self, labels: Labels) -> list[int] | None:
        """Return the labels that images get in turn, or None for random ones. Raises :class:`UserError`."""
        if labels is None:
            return None
        if not self.model.conditional or not self.info.labels:
            raise UserError(
                "This model is unconditional: it was trained without labels, so it can't make them. Leave them out, or "
                "train a conditional model (`artgan models` marks them) on data with labels."
            )
        if isinstance(labels, str):
            if labels != "each":
                raise UserError(
                    f"--labels must be each, for equal shares of all labels, not {labels}. To choose labels, use "
                    "--label NAME (repeatable) or, in Python, a list of names."
                )
            return list(range(self.info.labels))
        return resolve_labels(labels, self.info) or None

    def _blocks(
        self, wanted: NDArray[np.int64], seed: int, cycle: list[int] | None, truncation: float, score: bool
    ) -> Iterator[Drawn]:
        order = np.argsort(wanted, kind="stable")
        numbers = wanted[order] // self.block
        blocks = np.split(order, np.flatnonzero(np.diff(numbers)) + 1) if len(order) else []

        def run(positions: NDArray[np.int64]) -> Drawn:
            number = int(wanted[positions[0]] // self.block)
            images, labels, scores = self._run_block(number, seed, cycle, truncation, score)
            rows = wanted[positions] - number * self.block
            if not np.array_equal(rows, np.arange(self.block)):
                images = images[torch.from_numpy(rows)]
            return Drawn(
                positions,
                wanted[positions],
                images,
                None if labels is None else labels[rows],
                None if scores is None else scores[rows],
            )

        if self.device.type == "cpu":
            yield from _each_on_one_thread(run, blocks)
        else:
            yield from map(run, blocks)

    @torch.inference_mode()
    def _run_block(
        self, number: int, seed: int, cycle: list[int] | None, truncation: float, score: bool
    ) -> tuple[Tensor, NDArray[np.int64] | None, NDArray[np.float32] | None]:
        latents = torch.from_numpy(self._latents(number, seed)).to(self.device)
        labels = self._labels(number, seed, cycle)
        on_device = None if labels is None else torch.from_numpy(labels).to(self.device)
        made = self._sample(truncation, latents, on_device).float()
        if made.shape != (self.block, *self.info.shape):
            raise ArtganError(
                f"{type(self.model).__name__}.sample() returned images of shape {tuple(made.shape)}; "
                f"expected {(self.block, *self.info.shape)}."
            )
        if not bool(torch.isfinite(made).all()):
            raise ArtganError(
                "This model makes images that aren't numbers (NaN): its training diverged. Choose an earlier "
                "checkpoint, or train again with a lower learning rate."
            )
        with plugin_call():
            scores = self.model.score(made, on_device) if score else None
        return (
            to_uint8(made).cpu(),
            labels,
            None if scores is None else scores.reshape(self.block).float().cpu().numpy(),
        )

    def _latents(self, number: int, seed: int) -> NDArray[np.float32]:
        generator = np.random.Generator(np.random.Philox(key=_key(seed, number), counter=_LATENTS))
        return generator.standard_normal((self.block, *self.model.latent_shape), dtype=np.float32)

    def _labels(self, number: int, seed: int, cycle: list[int] | None) -> NDArray[np.int64] | None:
        if not self.model.conditional or not self.info.labels:
            return None
        if cycle is None:
            generator = np.random.Generator(np.random.Philox(key=_key(seed, number), counter=_LABELS))
            return generator.integers(self.info.labels, size=self.block, dtype=np.int64)
        first = number * self.block
        return np.array(cycle, dtype=np.int64)[np.arange(first, first + self.block) % len(cycle)]


def _each_on_one_thread(run: Callable[[NDArray[np.int64]], Drawn], blocks: list[NDArray[np.int64]]) -> Iterator[Drawn]:
    """Yield ``run`` of each block, in order: as many at a time as torch has threads, each on a single thread.

    So the bytes don't depend on the number of threads, and no thread waits for another, which makes it ten times slower
    on a busy machine.
    """
    threads = torch.get_num_threads()
    ahead: deque[Future[Drawn]] = deque()
    pool = ThreadPoolExecutor(
        min(threads, _MOST_WORKERS), "artgan-sampler", initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        for block in blocks:
            ahead.append(pool.submit(run, block))
            if len(ahead) > threads:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        # Threads that torch starts later get the number that was last set, in any thread.
        torch.set_num_threads(threads)


def _key(seed: int, block: int) -> NDArray[np.uint64]:
    return np.array([seed, block], dtype=np.uint64)


def block_size(info: ImageInfo) -> int:
    """Return how many images the network gets at once; it depends on their shape only, since the bytes depend on it."""
    return max(4, min(64, 64**3 // (info.height * info.width)))


def to_uint8(images: Tensor) -> Tensor:
    """Convert float images in [-1, 1] to uint8, rounded to the nearest; values outside are clamped."""
    return images.clamp(-1, 1).add_(1).mul_(127.5).round_().to(torch.uint8)


def resolve_labels(values: Sequence[int | str], info: ImageInfo) -> list[int]:
    """Return label numbers for names (in any case) or numbers; a name wins over a number.

    Raises:
        UserError: for an unknown label, with the nearest match.
    """
    numbers = {name.casefold(): number for number, name in reversed(list(enumerate(info.label_names)))}
    exact = {name: number for number, name in reversed(list(enumerate(info.label_names)))}
    found = []
    for value in values:
        text = str(value).strip()
        number = None if isinstance(value, int) else exact.get(text, numbers.get(text.casefold()))
        if number is None and text.isdecimal() and int(text) < info.labels:
            number = int(text)
        if number is None:
            raise unknown("label", text, info.label_names, f"Numbers 0 to {info.labels - 1} work too.")
        found.append(number)
    return found


def check_seed(seed: int) -> None:
    """Raise :class:`UserError` unless ``seed`` is in [0, 2**63)."""
    if not 0 <= seed < 2**63:
        raise UserError(f"Seed {seed} is out of range: use a whole number from 0 to 2^63 - 1.")


def check_truncation(truncation: float) -> None:
    """Raise :class:`UserError` unless ``truncation`` is in (0, 1]."""
    if not 0 < truncation <= 1:
        raise UserError(f"Truncation {truncation} is out of range: it must be above 0 and at most 1.")
