"""The cost of writing checkpoints at the default interval."""

import time
from pathlib import Path
from typing import Any
from unittest import mock

import artgan
from artgan.training.callback import Training
from artgan.training.checkpointer import Checkpointer
from artgan.training.schedule import SECONDS_BETWEEN_CHECKPOINTS
from benchmarks.measure import Context, median
from benchmarks.report import Result, Target

WANTED = 2.0
CASES: dict[str, dict[str, Any]] = {
    "dcgan": {"model": "dcgan", "data": "glyphs"},
    "stylegan2": {"model": "stylegan2", "data": "mosaic"},
}


def run(context: Context) -> Result:
    """Train for a few steps with the models' defaults, and write a checkpoint after each step."""
    writes = context.pick(5, 1)
    rows, raw, targets = [], {}, []
    for name, values in CASES.items():
        seconds, computed, size = _writes(context, name, values, writes)
        share = 100 * median(seconds) / SECONDS_BETWEEN_CHECKPOINTS
        rows.append(
            {
                "model": name,
                "checkpoint, MB": size / 1e6,
                "median, s": median(seconds),
                "lowest, s": min(seconds),
                "highest, s": max(seconds),
                "processor, s": median(computed),
                "share of training, %": share,
            }
        )
        raw[name] = seconds
        targets.append(Target(f"cost of checkpoints of {name}", share, "%", at_most=WANTED))
        raw[f"{name}, processor"] = computed
    return Result(
        "Checkpoints",
        f"The models' own defaults, dcgan on glyphs and stylegan2 on mosaic. All the time that a checkpoint takes from "
        f"the loop: measuring batch norm statistics again, copying, writing, flushing, sealing, reading back and "
        f"comparing, renaming, removing older ones. The median of {writes}, after one that isn't counted, as a share "
        f"of the {SECONDS_BETWEEN_CHECKPOINTS} s between checkpoints. Processor seconds, over all threads, show how "
        "much of that wasn't spent waiting for the disk or other jobs on the machine.",
        rows,
        targets,
        raw,
    )


def _writes(context: Context, name: str, values: dict[str, Any], writes: int) -> tuple[list[float], list[float], int]:
    """Time each write except the first and the last (at the end of the run).

    Returns:
        Wall-clock seconds, processor seconds, and the size of a file in bytes.
    """
    found: list[float] = []
    computed: list[float] = []
    healthy = Checkpointer.on_checkpoint_due

    def timed(self: Checkpointer, training: Training, required: bool) -> None:
        began, used = time.perf_counter(), time.process_time()
        healthy(self, training, required)
        found.append(time.perf_counter() - began)
        computed.append(time.process_time() - used)

    with mock.patch.object(Checkpointer, "on_checkpoint_due", timed):
        trained = artgan.train(
            **values,
            data_options={"images": 256},
            runs_dir=context.scratch / "runs",
            name=name,
            steps=writes + 2,
            batch_size=context.pick(None, 4),
            options=context.pick({}, {"width": 8} if name == "dcgan" else {}),
            checkpoint_every=1,
            sample_every=10**6,
            gallery=False,
            track=[],
        )
    return found[1 : 1 + writes], computed[1 : 1 + writes], _size(trained.checkpoints()[-1])


def _size(path: Path) -> int:
    return path.stat().st_size
