"""Time from the command to the first step and to the finished exhibit, and time to prepare data sets."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from artgan.build import open_dataset
from artgan.config import make_config
from artgan.data.prepare import prepare
from benchmarks.images import Source, mnist, png_folder
from benchmarks.measure import Context, artgan_program, median, run_program, seconds
from benchmarks.report import Result, Target

WANTED_START, WANTED_MNIST, WANTED_FOLDER = 6.0, 2.0, 5.0


def run(context: Context) -> Result:
    """Measure start-up with images already prepared, as in every start except the first, and preparation separately."""
    source = mnist(context)
    budget, repetitions = context.pick(("10s", 5), ("1s", 1))
    pictures = context.pick(10_000, 200)
    source.prepare()
    if not context.smoke:
        _train(source, context.scratch / "warm-up", "1s")
    runs = [_train(source, context.scratch / f"{turn}", budget) for turn in range(repetitions)]
    torch_seconds = [
        seconds(lambda: run_program([sys.executable, "-c", "import torch"])) for _ in range(context.pick(5, 1))
    ]
    folder = png_folder(context.scratch / "pictures", pictures, 32)
    from_idx = [_prepare({"data": "mnist"}, source.data_dir, context, turn) for turn in range(repetitions)]
    from_png = [
        _prepare({"data": "folder", "data_options": {"path": str(folder)}}, source.data_dir, context, turn)
        for turn in range(repetitions)
    ]
    started, first, exhibit = ([one[key] for one in runs] for key in ("started", "first step", "finished"))
    rows = [
        {"what": "`import torch` alone", "seconds": median(torch_seconds)},
        {
            "what": "until the loop starts (imports, opening images, building networks)",
            "seconds": median(started),
        },
        {"what": "until the first step is finished", "seconds": median(first)},
        {"what": f"until the exhibit is finished, including {budget} in the loop", "seconds": median(exhibit)},
        {"what": "after the loop: checkpoint, timelapse, exhibit", "seconds": median([one["after"] for one in runs])},
        {"what": f"preparing {source.what} from IDX files", "seconds": median(from_idx)},
        {"what": f"preparing a folder of {pictures:,} 32x32 PNGs", "seconds": median(from_png)},
    ]
    return Result(
        "Time to a picture",
        f"`artgan train --model dcgan --data mnist --time {budget}` as a program. The median of {repetitions}, "
        "after one short run that isn't counted; prepared images are in the cache. Preparation reads warm files.",
        rows,
        [
            Target("start-up until the first step is done", median(first), "s", at_most=WANTED_START),
            Target("preparing MNIST from IDX files", median(from_idx), "s", at_most=WANTED_MNIST),
            Target("preparing 10,000 32x32 PNGs", median(from_png), "s", at_most=WANTED_FOLDER),
        ],
        {"runs": runs, "import torch": torch_seconds, "idx": from_idx, "png": from_png},
    )


def _train(source: Source, folder: Path, budget: str) -> dict[str, float]:
    """Run the program and time its output."""
    command = [artgan_program(), "train", "--model", "dcgan", "--data", "mnist", "--time", budget, "--json"]
    places = {
        "ARTGAN_DATA": str(source.data_dir),
        "ARTGAN_RUNS": str(folder / "runs"),
        "ARTGAN_GALLERY": str(folder / "gallery"),
    }
    began = time.perf_counter()
    program = subprocess.Popen(
        command, env={**os.environ, **places}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stderr is not None
    started, said = 0.0, []
    for line in program.stderr:
        said.append(line)
        if not started and line.startswith("run "):
            started = time.perf_counter() - began
    record = json.loads(program.stdout.read() or "{}")
    if program.wait() or not started:
        raise RuntimeError(f"{' '.join(command)} failed:\n{''.join(said)}")
    finished = time.perf_counter() - began
    log = [json.loads(line) for line in (Path(record["path"]) / "metrics.jsonl").read_text().splitlines()]
    return {
        "started": started,
        "first step": started + _first_step(log),
        "finished": finished,
        "after": finished - started - record["seconds"],
    }


def _first_step(log: list[dict[str, Any]]) -> float:
    """Estimate seconds in the loop until the first step was finished, from the first metrics, ten steps apart."""
    first = log[0]
    if len(log) < 2:
        return float(first["seconds"])
    per_step = (log[1]["seconds"] - first["seconds"]) / (log[1]["step"] - first["step"])
    return float(first["seconds"] - (first["step"] - 1) * per_step)


def _prepare(values: dict[str, Any], data_dir: Path, context: Context, turn: int) -> float:
    """Time the preparation of a data set with an empty cache."""
    cache = os.environ["ARTGAN_CACHE"]
    os.environ["ARTGAN_CACHE"] = str(context.scratch / f"empty-{values['data']}-{turn}")
    try:
        config = make_config(values)
        dataset = open_dataset(config, data_dir)

        def work() -> None:
            dataset.fetch(lambda done, total: None)
            prepare(dataset, config.data)

        return seconds(work)
    finally:
        os.environ["ARTGAN_CACHE"] = cache
