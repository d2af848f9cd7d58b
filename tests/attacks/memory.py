"""Trains for long, or often, in one process, and looks whether memory stays as it was.

    python -m tests.attacks.memory --runs 1000 --minutes 120

Resident memory is noted all along. The first fifth is warming up; over the rest a line is fitted, and what it rises is
what leaks. `python -m benchmarks --only galleries` does the same for an exhibit of 100,000 images.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import artgan
from artgan.training.events import Event, Step
from tests.attacks.subject import CASES, alone, small

PAGE = os.sysconf("SC_PAGE_SIZE")
# Allocators keep what they once had, and never in the same pieces.
MOST_GROWTH = 48 << 20
SECONDS_BETWEEN_LOOKS = 1.0


def resident() -> int:
    """Bytes of memory that this process holds and that are no file's."""
    pages = Path("/proc/self/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * PAGE


def growth(seen: list[int]) -> int:
    """Bytes by which a line through all but the first fifth rises from its beginning to its end."""
    steady = seen[len(seen) // 5 :]
    slope = np.polyfit(np.arange(len(steady)), np.array(steady, float), 1)[0] if len(steady) > 2 else 0.0
    return round(float(slope) * (len(steady) - 1))


def often(runs: int, folder: Path) -> list[int]:
    """So many short trainings, with an exhibit each."""
    case, seen = CASES["mlp"], []
    for number in range(runs):
        with small(case):
            artgan.train(
                data="glyphs",
                data_options={"images": 64},
                batch_size=8,
                steps=5,
                runs_dir=folder / "runs",
                gallery_dir=folder / "gallery",
                name=f"run-{number}",
                device="cpu",
                **case.values,
            )
        gc.collect()
        seen.append(resident())
    return seen


def long(seconds: float, folder: Path) -> list[int]:
    """One training, with checkpoints, sheets and evaluations."""
    seen: list[int] = []
    latest = 0.0

    def look(event: Event) -> None:
        nonlocal latest
        if isinstance(event, Step) and time.monotonic() - latest > SECONDS_BETWEEN_LOOKS:
            latest = time.monotonic()
            seen.append(resident())

    values: dict[str, Any] = {"model": "dcgan", "options": {"width": 8}}
    artgan.train(
        data="glyphs",
        data_options={"images": 2000},
        time=seconds,
        runs_dir=folder / "runs",
        name="long",
        gallery=False,
        checkpoint_every=200,
        sample_every=500,
        device="cpu",
        listeners=[look],
        **values,
    )
    return seen


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="short trainings in a row (1000)")
    parser.add_argument("--minutes", type=float, default=120, help="of one long training (120)")
    given = parser.parse_args()
    alone()
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        os.environ.setdefault("ARTGAN_CACHE", f"{place}/cache")
        attempts: list[tuple[str, Callable[[], list[int]]]] = [
            (f"{given.runs:,} short trainings", lambda: often(given.runs, Path(place) / "often")),
            (f"{given.minutes:g} minutes of training", lambda: long(60 * given.minutes, Path(place) / "long")),
        ]
        for what, attempt in attempts:
            if not (seen := attempt()):
                continue
            rise = growth(seen)
            wrong += rise > MOST_GROWTH
            begin, end = seen[len(seen) // 5] / 2**20, seen[-1] / 2**20
            print(
                f"{what}: {begin:,.0f} MiB after warming up, {end:,.0f} MiB at the end, {max(seen) / 2**20:,.0f} MiB "
                f"at most; the line rises by {rise / 2**20:,.1f} MiB",
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
