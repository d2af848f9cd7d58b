"""Timing: contenders in turn within one run, medians, and a description of the machine."""

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Context:
    """Settings of a benchmark.

    Attributes:
        smoke: only check that it runs: everything is tiny, and the results mean nothing.
        scratch: an empty folder of its own, removed afterwards.
        judge: a Python file with ``judge(images, labels)``, the evaluator of image quality, or None.
    """

    smoke: bool
    scratch: Path
    judge: Path | None = None

    def pick(self, full: Any, smoke: Any) -> Any:
        """Return ``full``, or ``smoke`` in smoke mode."""
        return smoke if self.smoke else full


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median ratio of measurements taken right after each other, with its range."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def interleave(
    contenders: Mapping[str, Callable[[], float]], repetitions: int, warmups: int = 1
) -> dict[str, list[float]]:
    """Measure A, B, A, B, …, so that other load on the machine affects all equally. Discard warm-ups."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(warmups + repetitions):
        for name, measure in contenders.items():
            value = measure()
            if turn >= warmups:
                found[name].append(value)
    return found


def ratio(numerators: list[float], denominators: list[float]) -> Ratio:
    """Compute the ratio of each pair that was measured in the same turn."""
    pairs = [first / second for first, second in zip(numerators, denominators, strict=True)]
    return Ratio(statistics.median(pairs), min(pairs), max(pairs))


def median(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def seconds(work: Callable[[], Any]) -> float:
    """Time ``work``."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run_program(command: list[str], environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a program; return its standard output. Raises :class:`RuntimeError` with its last errors if it fails."""
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def artgan_program() -> str:
    """Return the path of ``artgan`` in this environment."""
    return str(Path(sys.executable).with_name("artgan"))


def peak_resident_bytes() -> int:
    """Return the peak memory of this process."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage() may return the peak of the parent process
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def describe_machine() -> dict[str, Any]:
    """Describe what the results depend on. The load average shows whether other jobs were running."""
    import torch

    from artgan.devices import has_bf16_units

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "bf16 units": has_bf16_units(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "load average": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "artgan": version("artgan"),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
