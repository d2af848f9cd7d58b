"""Roofline: how close training comes to the machine's limit, where the rest goes, and the framework's own cost."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import lcm
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from artgan.data.prepare import Prepared
from artgan.models.gan import GAN
from benchmarks.images import mnist
from benchmarks.loops import BATCH, ArtganLoop, build_gan
from benchmarks.measure import Context, Ratio, interleave, median, ratio
from benchmarks.minimal import MinimalLoop
from benchmarks.pieces import PIECES, Stopwatches
from benchmarks.report import Result, Target

# The framework's own cost per step, in per cent.
WANTED = {"mlp": 8.0, "dcgan": 3.0, "cgan": None}
# The same layers with almost no arithmetic, so that a step's time is mostly overhead.
NARROWEST: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": (1, 1, 1)},
    "dcgan": {"width": 4},
    "cgan": {"width": 4, "embedding": 1},
}


@dataclass(frozen=True, slots=True)
class Overhead:
    """The extra time of artgan's trainer over a hand-written loop."""

    ratio: Ratio
    microseconds: float


def run(context: Context) -> Result:
    """Measure each first-party model."""
    source = mnist(context)
    prepared = source.prepare()
    seconds, repetitions = context.pick((1.5, 15), (0.05, 1))
    peaks = {dtype: matrix_peak(dtype, context.pick(2048, 128)) for dtype in (torch.bfloat16, torch.float32)}
    result = Result(
        "Roofline, and what the framework costs",
        f"{source.what}, batch {BATCH}. Matrix peak (best of 20 products of 2048x2048): "
        f"{peaks[torch.bfloat16] / 1e9:,.0f} GFLOP/s in bf16, {peaks[torch.float32] / 1e9:,.0f} in fp32. FLOPs by "
        "torch.utils.flop_counter's formulas, with R1 in its share of steps. Pieces are in per cent of a step, by "
        "stopwatches in artgan's trainer. The framework's cost compares artgan's trainer (feed, phases, events, a live "
        "display whose output is discarded, metrics, Fabric) with the same arithmetic in a hand-written loop, in "
        f"slices of {seconds} s in turn, the median of {repetitions} after one warm-up each; in microseconds on the "
        "narrowest networks of the same depth, where it isn't lost in the noise of the arithmetic, and in per cent of "
        "the real networks' step.",
        raw={"peak FLOP/s": {str(dtype): peak for dtype, peak in peaks.items()}},
    )
    for name, wanted in WANTED.items():
        row, overhead, raw = _measure(name, prepared, context, seconds, repetitions, peaks)
        result.rows.append(row)
        result.raw[name] = raw
        if wanted is not None:
            result.targets.append(Target(f"framework's cost, {name}", overhead, "%", at_most=wanted))
    return result


def _measure(
    name: str,
    prepared: Prepared,
    context: Context,
    seconds: float,
    repetitions: int,
    peaks: dict[torch.dtype, float],
) -> tuple[dict[str, Any], float, dict[str, Any]]:
    build = partial(build_gan, name, {}, prepared.info)
    flops = flops_per_image(build, prepared, context)
    wide, speeds = _overhead(build, prepared, context, seconds, repetitions, f"{name}-wide")
    build_narrow = partial(build_gan, name, NARROWEST[name], prepared.info)
    narrow, narrow_speeds = _overhead(build_narrow, prepared, context, seconds, repetitions, f"{name}-narrow")

    loop = ArtganLoop(build, prepared, context.scratch, "auto", f"{name}-pieces")
    loop.images_per_second(seconds)
    watches = Stopwatches(loop.trainer)
    spent = loop.trainer.seconds
    loop.images_per_second(seconds * context.pick(4, 1))
    shares = watches.shares(loop.trainer.seconds - spent)

    speed = median(speeds["artgan"])
    peak = peaks[torch.bfloat16 if loop.engine.precision == "bf16-mixed" else torch.float32]
    overhead = 100 * narrow.microseconds * 1e-6 / (BATCH / speed)
    row = {
        "model": name,
        "MFLOP/image": flops / 1e6,
        "images/s": speed,
        "GFLOP/s": flops * speed / 1e9,
        "% of peak": 100 * flops * speed / peak,
        **{f"{piece}, %": 100 * shares[piece] for piece in PIECES},
        "framework, µs/step": narrow.microseconds,
        "framework, %": overhead,
        "by hand / artgan": wide.ratio,
    }
    return row, overhead, {"full": speeds, "narrow": narrow_speeds, "seconds": dict(watches.seconds)}


def _overhead(
    build: Callable[[], GAN], prepared: Prepared, context: Context, seconds: float, repetitions: int, name: str
) -> tuple[Overhead, dict[str, list[float]]]:
    ours = ArtganLoop(build, prepared, context.scratch, "auto", name)
    twin = ArtganLoop(build, prepared, context.scratch, "auto", f"{name}-twin")
    by_hand = MinimalLoop(twin.model, prepared, ours.engine.device, ours.engine.precision)
    found = interleave(
        {
            "artgan": lambda: ours.images_per_second(seconds),
            "by hand": lambda: by_hand.images_per_second(seconds),
        },
        repetitions,
    )
    extra = [BATCH / a - BATCH / b for a, b in zip(found["artgan"], found["by hand"], strict=True)]
    return Overhead(ratio(found["by hand"], found["artgan"]), 1e6 * median(extra)), found


def flops_per_image(build: Callable[[], GAN], prepared: Prepared, context: Context) -> float:
    """Count the FLOPs of training per real image, over enough steps to include every phase."""
    loop = ArtganLoop(build, prepared, context.scratch, "32-true", f"flops-{time.monotonic_ns()}")
    trainer = loop.trainer
    steps = lcm(*(phase.phase.interval for phase in trainer.phases))
    with FlopCounter() as counter:
        for step in range(steps):
            trainer.train_step(trainer.feed.batch(step))
    return counter.total / (steps * BATCH)


class FlopCounter(TorchDispatchMode):
    """Counts FLOPs with torch's formulas, without FlopCounterMode's bookkeeping by module, which R1 breaks."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, operation: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        result = operation(*arguments, **(keywords or {}))
        formula = flop_registry.get(operation._overloadpacket)
        if formula is not None:
            self.total += formula(*arguments, **(keywords or {}), out_val=result)
        return result


def matrix_peak(dtype: torch.dtype, side: int) -> float:
    """Return the FLOP/s of the fastest of 20 square matrix products, after three warm-ups."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    best = float("inf")
    for turn in range(23):
        began = time.perf_counter()
        left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        if turn >= 3:
            best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best
