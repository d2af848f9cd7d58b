"""Two processes against one: speed, the same course of the losses, and going on with another number of them."""

import json
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.images import mnist
from benchmarks.measure import Context, artgan_program, interleave, median, ratio, run_program
from benchmarks.report import Result, Target

# A thread each: two processes that spin for each other's cores say nothing of how either would do on its own.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
MODELS = ("dcgan", "mlp")
A_PROCESS = 64
PROCESSES = 2


def run(context: Context) -> Result:
    """Weak scaling: each process has the same number of images a step, alone or not."""
    source = mnist(context)
    budget, repetitions = context.pick((["--time", "15s"], 3), (["--steps", "12"], 1))
    steps = context.pick(300, 20)
    program = _Program(source.data_dir, context.scratch)
    result = Result(
        "Scaling out",
        f"{source.what}; `--devices {PROCESSES}` (gloo) with one thread each against one process with one thread, "
        f"{A_PROCESS} images a process and step, {' '.join(budget)} each in turn: the median of {repetitions}, sample "
        "sheets included, start-up not, nothing thrown away. Efficiency is the speed of two over twice that of one. "
        f"Losses: {steps} steps of the same total batch in 32-true, lines of the log by one and by two processes.",
    )
    for model in context.pick(MODELS, MODELS[1:]):
        shared = ["--model", model, "--data", "mnist", "--no-gallery"]

        def speed(processes: int, shared: list[str] = shared) -> float:
            batch = str(A_PROCESS * processes)
            return program(["train", *shared, *budget, "--batch-size", batch], processes)["images_per_second"]

        found = interleave({"one": lambda: speed(1), "two": lambda: speed(PROCESSES)}, repetitions, warmups=0)
        efficiency = ratio(found["two"], [PROCESSES * value for value in found["one"]])

        same = ["train", *shared, "--steps", str(steps), "--batch-size", str(A_PROCESS), "--precision", "32-true"]
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
                "goes on with 1 process": "yes" if resumed["steps"] == steps + 10 else "no",
            }
        )
        result.targets.append(Target(f"{model}: difference of losses, of their mean", difference / size, at_most=0.1))
    return result


class _Program:
    """Runs artgan with one thread a process, each time in a run of its own."""

    def __init__(self, data_dir: Path, folder: Path) -> None:
        self.data_dir, self.folder = data_dir, folder

    def __call__(self, arguments: list[str], processes: int) -> dict[str, Any]:
        places = {"ARTGAN_DATA": str(self.data_dir), "ARTGAN_RUNS": str(self.folder / "runs")}
        # Launchers look for sign of others in the environment; one training must not see another's.
        command = [artgan_program(), *arguments, "--devices", str(processes), "--json", "--quiet"]
        answer: dict[str, Any] = json.loads(run_program(command, {**ONE_THREAD, **places}))
        return answer


def _losses(run: dict[str, Any]) -> list[dict[str, float]]:
    """The log's lines, without what the clock has to do with."""
    lines = [json.loads(line) for line in (Path(run["path"]) / "metrics.jsonl").read_text().splitlines()]
    return [{name: line[name] for name in ("step", "generator", "discriminator")} for line in lines]


def _compare(one: list[dict[str, float]], two: list[dict[str, float]]) -> tuple[float, float]:
    """Mean difference between the losses of two runs, and their mean size."""
    names = ("generator", "discriminator")
    pairs = [(first[name], second[name]) for first, second in zip(one, two, strict=True) for name in names]
    return mean(abs(first - second) for first, second in pairs), mean(abs(first) for first, _ in pairs)
