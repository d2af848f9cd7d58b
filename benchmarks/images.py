"""Training images of the benchmarks: MNIST if it is available, else drawn digits in MNIST's file format."""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from artgan.build import open_dataset
from artgan.config import make_config
from artgan.data.prepare import Prepared, prepare
from benchmarks.measure import Context

FILES = [f"{part}-{what}" for part in ("train", "t10k") for what in ("images-idx3-ubyte", "labels-idx1-ubyte")]


@dataclass(frozen=True, slots=True)
class Source:
    """The folder of MNIST's files, and a description of their actual contents."""

    data_dir: Path
    what: str

    def prepare(self, size: int | None = None) -> Prepared:
        """Prepare the images as artgan does."""
        dataset = open_dataset(make_config({"data": "mnist", "size": size}), self.data_dir)
        dataset.fetch(lambda done, total: None)
        return prepare(dataset, "mnist")


def mnist(context: Context) -> Source:
    """Find MNIST in ``ARTGAN_DATA``, or write drawn digits in its file format, which any reader of MNIST can read."""
    given = os.environ.get("ARTGAN_DATA")
    if given and all((Path(given) / "MNIST" / "raw" / name).is_file() for name in FILES):
        return Source(Path(given), "MNIST")
    data_dir = context.scratch / "data"
    raw = data_dir / "MNIST" / "raw"
    if not raw.exists():
        raw.mkdir(parents=True)
        for part, count in (("train", context.pick(60_000, 2_000)), ("t10k", 1_000)):
            options = {"images": count, "seed": len(part)}
            dataset = open_dataset(make_config({"data": "glyphs", "data_options": options}), data_dir)
            images, labels = dataset.read(0, count)
            if labels is None:
                raise RuntimeError("the data set glyphs has no labels")
            header = struct.pack(">4I", 0x803, *images.shape[:3])
            (raw / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
            header = struct.pack(">2I", 0x801, count)
            (raw / f"{part}-labels-idx1-ubyte").write_bytes(header + labels.astype(np.uint8).tobytes())
    return Source(data_dir, "drawn digits in MNIST's file format (MNIST isn't in ARTGAN_DATA)")


def png_folder(folder: Path, count: int, side: int) -> Path:
    """Write ``count`` RGB images with some structure and some noise into ten subfolders."""
    random = np.random.default_rng(0)
    ramp = np.linspace(0, 255, side)
    for index in range(count):
        place = folder / f"{index % 10}"
        if index < 10:
            place.mkdir(parents=True)
        tint = random.random(3)
        pixels = ramp[:, None, None] * tint + ramp[None, :, None] * (1 - tint) + random.normal(0, 8, (side, side, 3))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(place / f"{index:05d}.png")
    return folder
