"""Two processes compared with one: speed, equal losses, and resuming with a different number of processes."""

import json
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.images import mnist
from benchmarks.measure import Context, artgan_program, interleave, median, ratio, run_program
from benchmarks.report import Result, Target

# One thread each: processes that compete for cores would say nothing about their speed on their own.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
MODELS = ("dcgan", "mlp")
PER_PROCESS = 64
PROCESSES = 2


def run(context: Context) -> Result:
    """Measure weak scaling: each process has the same number of images per step, alone or not."""
    source = mnist(context)
    budget, repetitions = context.pick((["--time", "15s"], 3), (["--steps", "12"], 1))
    steps = context.pick(300, 20)
    program = _Program(source.data_dir, context.scratch)
    result = Result(
        "Scaling out",
        f"{source.what}; `--devices {PROCESSES}` (gloo) with one thread each, compared with one process with one "
        f"thread, {PER_PROCESS} images per process and step, {' '.join(budget)} each in turn: the median of "
        f"{repetitions}, including sample sheets but not start-up, without warm-up. Efficiency is the speed of two "
        f"processes over twice that of one. Losses: {steps} steps of the same total batch in 32-true, lines of the log "
        "from one and two processes.",
    )
    for model in context.pick(MODELS, MODELS[1:]):
        shared = ["--model", model, "--data", "mnist", "--no-gallery"]

        def speed(processes: int, shared: list[str] = shared) -> float:
            batch = str(PER_PROCESS * processes)
            return program(["train", *shared, *budget, "--batch-size", batch], processes)["images_per_second"]

        found = interleave({"one": lambda: speed(1), "two": lambda: speed(PROCESSES)}, repetitions, warmups=0)
        efficiency = ratio(found["two"], [PROCESSES * value for value in found["one"]])

        same = ["train", *shared, "--steps", str(steps), "--batch-size", str(PER_PROCESS), "--precision", "32-true"]
        one, two = program(same, 1), program(same, PROCESSES)
        difference, size = _compare(_losses(one), _losses(two))
        resumed = program(["resume", two["path"], "--steps", str(steps + 10), "--no-gallery"], 1)
        result.raw[model] = {**found, "losses": [_losses(one), _losses(two)]}
        result.rows.append(
            {
                "model": model,
                "1 process, images/s": median(found["one"]),
                "2 processes, images/s": median(found["two"]),
                "efficiency": efficiency,
                "mean loss": size,
                "mean difference of losses": difference,
                "resumes with 1 process": "yes" if resumed["steps"] == steps + 10 else "no",
            }
        )
        result.targets.append(Target(f"{model}: difference of losses, of their mean", difference / size, at_most=0.1))
    return result


class _Program:
    """Runs artgan with one thread per process, each time in a new run."""

    def __init__(self, data_dir: Path, folder: Path) -> None:
        self.data_dir, self.folder = data_dir, folder

    def __call__(self, arguments: list[str], processes: int) -> dict[str, Any]:
        places = {"ARTGAN_DATA": str(self.data_dir), "ARTGAN_RUNS": str(self.folder / "runs")}
        # A run must not see the environment variables of another one's launcher.
        command = [artgan_program(), *arguments, "--devices", str(processes), "--json", "--quiet"]
        answer: dict[str, Any] = json.loads(run_program(command, {**ONE_THREAD, **places}))
        return answer


def _losses(run: dict[str, Any]) -> list[dict[str, float]]:
    """Read the losses from the log, without values that depend on time."""
    lines = [json.loads(line) for line in (Path(run["path"]) / "metrics.jsonl").read_text().splitlines()]
    return [{name: line[name] for name in ("step", "generator", "discriminator")} for line in lines]


def _compare(one: list[dict[str, float]], two: list[dict[str, float]]) -> tuple[float, float]:
    """Return the mean difference between the losses of two runs, and their mean size."""
    names = ("generator", "discriminator")
    pairs = [(first[name], second[name]) for first, second in zip(one, two, strict=True) for name in names]
    return mean(abs(first - second) for first, second in pairs), mean(abs(first) for first, _ in pairs)
