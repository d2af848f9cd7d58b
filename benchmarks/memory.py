"""Memory of training, which shouldn't depend on the number of images."""

import json
import sys
from pathlib import Path

import numpy as np

from artgan.data.dataset import ImageInfo
from artgan.data.prepare import Prepared
from benchmarks.measure import Context, run_program
from benchmarks.report import Result, Target

WANTED = 3.0
SIDE = 28


def run(context: Context) -> Result:
    """Train on data sets of zeros in sparse files, which take no disk space, each in a separate process."""
    title = "Memory in training"
    if not Path("/proc/self/status").exists():
        return Result(title, "", skipped="this system doesn't distinguish the page cache from other memory (/proc)")
    rows = []
    slice_seconds = context.pick(20, 0.3)
    sizes = context.pick((50_000_000, 20_000_000_000), (50_000_000,))
    for size in sizes:
        folder = context.scratch / f"{size}"
        arguments = [str(folder), str(size), str(slice_seconds)]
        found = json.loads(run_program([sys.executable, "-m", "benchmarks.memory", *arguments]))
        rows.append(
            {
                "set, GB": size / 1e9,
                "images": found["images"],
                "memory, GiB": found["RssAnon"] / 2**20,
                "page cache in use, GiB": found["RssFile"] / 2**20,
                "images/s": found["images/s"],
            }
        )
    return Result(
        title,
        f"dcgan, {SIDE}x{SIDE} grey images with labels, {slice_seconds} s of training, after as much that isn't "
        "counted. Memory is anonymous resident memory (RssAnon), without the page cache; measured once per data set, "
        "at the end.",
        rows,
        [Target("memory with a data set of 20 GB", rows[-1]["memory, GiB"], "GiB", at_most=WANTED)],
    )


def sparse_set(folder: Path, size: int) -> Prepared:
    """Create a prepared data set of ``size`` bytes of black images."""
    folder.mkdir(parents=True)
    count = size // SIDE**2
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (count, SIDE, SIDE, 1))
    labels = np.lib.format.open_memmap(folder / "labels.npy", "w+", np.int64, (count,))
    del images, labels
    info = ImageInfo(1, SIDE, SIDE, tuple("0123456789"))
    images, labels = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("images", "labels"))
    return Prepared(images, labels, info, "0", folder)


def _train(folder: Path, size: int, seconds: float) -> dict[str, float]:
    from benchmarks.loops import ArtganLoop, build_gan

    prepared = sparse_set(folder, size)
    loop = ArtganLoop(lambda: build_gan("dcgan", {}, prepared.info), prepared, folder)
    loop.images_per_second(seconds)
    speed = loop.images_per_second(seconds)
    return {"images": len(prepared), "images/s": speed, **_resident_kibibytes()}


def _resident_kibibytes() -> dict[str, float]:
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: float(fields[name].split()[0]) for name in ("RssAnon", "RssFile", "VmHWM")}


if __name__ == "__main__":
    print(json.dumps(_train(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
