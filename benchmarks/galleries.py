"""How fast an exhibit is made, and how much memory a large one takes."""

import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import artgan
from artgan.runs import Run
from benchmarks.images import mnist
from benchmarks.measure import Context, interleave, median, run_program, seconds
from benchmarks.report import Result, Target

WANTED_SPEED, WANTED_MEMORY = 3_000, 1.5
MODELS = ("dcgan", "mlp")
LARGE = """\
import json, sys
from artgan.runs import find_run
from benchmarks.measure import peak_resident_bytes
run = find_run(sys.argv[1])
run.gallery(n=1, gallery_dir=sys.argv[2], name="one")
before = peak_resident_bytes()
run.gallery(n=int(sys.argv[3]), gallery_dir=sys.argv[2], name="large")
print(json.dumps([before, peak_resident_bytes()]))
"""


def run(context: Context) -> Result:
    """Images, metadata in each and beside them, scores, contact sheet and page; not curated."""
    n, large, repetitions = context.pick((10_000, 100_000, 5), (100, 300, 1))
    source = mnist(context)
    galleries = context.scratch / "gallery"
    runs = {
        model: artgan.train(
            model=model,
            data="mnist",
            data_dir=source.data_dir,
            runs_dir=context.scratch / "runs",
            steps=context.pick(20, 2),
            gallery=False,
        )
        for model in MODELS
    }
    makers = {model: lambda run=run: n / seconds(lambda: _exhibit(run, n, galleries)) for model, run in runs.items()}
    found = interleave({**makers, "Pillow": lambda: _encode_alone(context.pick(3_000, 50))}, repetitions)
    before, peak = json.loads(
        run_program([sys.executable, "-c", LARGE, str(runs["dcgan"].path), str(galleries), str(large)])
    )
    rows = [
        {
            "what": f"exhibit of {n:,} 28x28 images, {model}, images/s"
            if model in runs
            else "PNGs by Pillow alone, /s",
            "median": median(speeds),
            "lowest": min(speeds),
            "highest": max(speeds),
        }
        for model, speeds in found.items()
    ]
    for what, size in (("one image", before), (f"{large:,} images", peak)):
        mebibytes = size / 2**20
        rows.append({"what": f"peak memory, {what}, MiB", "median": mebibytes, "lowest": None, "highest": None})
    return Result(
        "Galleries",
        f"{source.what}; everything that `artgan gallery` makes, in one process after its imports, to a fresh folder. "
        f"In turn with Pillow's encoder alone (28x28 of noise with a text chunk, one core): the median of "
        f"{repetitions} after one warm-up each. Peak memory (resident, imports included) of a process of its own.",
        rows,
        [
            Target("exhibit of 10,000 images", median(found["dcgan"]), "images/s", at_least=WANTED_SPEED),
            Target("peak memory of 100,000 images", peak / 2**30, "GiB", at_most=WANTED_MEMORY),
        ],
        {**found, "peak bytes": {"1": before, str(large): peak}},
    )


def _exhibit(run: Run, n: int, folder: Path) -> None:
    run.gallery(n=n, seed=1, gallery_dir=folder, name=run.name, overwrite=True)


def _encode_alone(count: int) -> float:
    """PNGs a second, in memory."""
    noise = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)

    def work() -> None:
        for image in noise:
            about = PngInfo()
            about.add_itxt("artgan", "x" * 400)
            Image.fromarray(image).save(io.BytesIO(), "PNG", pnginfo=about)

    return count / seconds(work)
