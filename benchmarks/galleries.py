"""Speed of making an exhibit, and memory of a large one."""

import io
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import artgan
from artgan.api.run import Run
from benchmarks.images import mnist
from benchmarks.measure import Context, interleave, median, run_program, seconds
from benchmarks.report import Result, Target

WANTED_SPEED, WANTED_MEMORY = 3_000, 1.5
MODELS = ("dcgan", "mlp")
LARGE = """\
import json, sys
from artgan.api.run import find_run
from benchmarks.measure import peak_resident_bytes
run = find_run(sys.argv[1])
run.gallery(n=1, gallery_dir=sys.argv[2], name="one")
before = peak_resident_bytes()
run.gallery(n=int(sys.argv[3]), gallery_dir=sys.argv[2], name="large")
print(json.dumps([before, peak_resident_bytes()]))
"""


def run(context: Context) -> Result:
    """Make exhibits with images, embedded and separate metadata, scores, contact sheet and page, without curation."""
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
    alone = {
        "PNGs by Pillow alone, /s": lambda: _encode_alone(context.pick(3_000, 50)),
        "new files of 700 bytes in one folder, /s": lambda: _write_alone(context.pick(3_000, 50), context.scratch),
    }
    found = interleave({**makers, **alone}, repetitions)
    before, peak = json.loads(
        run_program([sys.executable, "-c", LARGE, str(runs["dcgan"].path), str(galleries), str(large)])
    )
    rows = [
        {
            "what": f"exhibit of {n:,} 28x28 images, {what}, images/s" if what in runs else what,
            "median": median(speeds),
            "lowest": min(speeds),
            "highest": max(speeds),
        }
        for what, speeds in found.items()
    ]
    for what, size in (("one image", before), (f"{large:,} images", peak)):
        mebibytes = size / 2**20
        rows.append({"what": f"peak memory, {what}, MiB", "median": mebibytes, "lowest": None, "highest": None})
    return Result(
        "Galleries",
        f"{source.what}; everything that `artgan gallery` makes, in one process after its imports, in a new folder. "
        f"In turn with Pillow's encoder (28x28 of noise, a text chunk) and the file system, on one core: the median of "
        f"{repetitions} after one warm-up each. Peak memory (resident, imports included) is of a separate process.",
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
    """Measure PNGs per second, in memory."""
    noise = np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)

    def work() -> None:
        for image in noise:
            about = PngInfo()
            about.add_itxt("artgan", "x" * 400)
            Image.fromarray(image).save(io.BytesIO(), "PNG", pnginfo=about)

    return count / seconds(work)


def _write_alone(count: int, scratch: Path) -> float:
    """Measure files per second, of the size of a small image."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:

        def work() -> None:
            for number in range(count):
                with open(f"{folder}/{number:05d}.png", "wb", buffering=0) as file:
                    file.write(bytes(700))

        return count / seconds(work)
