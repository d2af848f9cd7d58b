"""Data sets in WebDataset shards, which may be larger than any disk: read each shard once, and keep small copies."""

import hashlib
import io
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

import artgan
from artgan.data import unreadable
from artgan.data.dataset import Report
from artgan.data.labels import UNSORTED, in_order
from artgan.data.picture import read_picture
from artgan.util import files, paths
from artgan.util.processes import cores
from artgan_plugins.datasets.shards import Sample, expand, samples

# The first pictures of the first shard decide all automatic settings.
LOOKED_AT = 256
CHUNK = 64


class Options(artgan.Options):
    shards: str = artgan.Field("", description="files or URLs: 'art-{000..099}.tar', 'https://…/{00..15}.tar'")
    images: int | None = artgan.Field(None, ge=1, description="maximum number of images; further shards aren't read")
    channels: str = artgan.Field(
        "auto", pattern="auto|grey|rgb|rgba", description="channels of the images: auto, grey, rgb or rgba"
    )
    background: str | None = artgan.Field(
        None, description="colour of borders and under transparent parts (default: white)"
    )
    fit: str = artgan.Field(
        "auto", pattern="auto|crop|pad|stretch", description="how to make pictures square: auto, crop, pad or stretch"
    )
    labels: bool = artgan.Field(True, description="read labels from .cls or .json files")
    label_column: str | None = artgan.Field(None, description="entry of .json files that holds the label")


class WebDataset(artgan.Dataset):
    """Streamed pictures, saved shard by shard at training size; an interrupted fetch continues where it stopped."""

    Options = Options
    licence = "see the source of the shards"

    def __init__(self, options: Any, data_dir: Path, size: int | None = None) -> None:
        super().__init__(options, data_dir, size)
        self._kept: list[dict[str, Any]] = []

    def on_disk(self) -> bool:
        return bool(self.options.shards) and self._open_kept()

    def fetch(self, report: Report) -> None:
        if not self.options.shards:
            raise artgan.UserError(
                "The data set webdataset needs --data-option shards=FILES, such as 'art-{000..099}.tar'."
            )
        if self._open_kept():
            return
        shards = expand(self.options.shards)
        self._folder.mkdir(parents=True, exist_ok=True)
        images = 0
        with ThreadPoolExecutor(cores(), thread_name_prefix="shard") as pool:
            for number, shard in enumerate(shards):
                report(number, len(shards))
                room = self.options.images - images if self.options.images else None
                images += self._keep(number, shard, room, pool)
                if self.options.images and images >= self.options.images:
                    break
        with files.write_errors(self._folder):
            files.write_atomic(self._folder / "all.json", json.dumps({"shards": number + 1}))
        report(len(shards), len(shards))
        if not self._open_kept():
            raise artgan.ArtganError(
                f"The copies of the shards in {self._folder} can't be read: delete the folder and start again."
            )
        if not len(self):
            raise artgan.UserError(f"{self.options.shards} contains no pictures.")

    @property
    def info(self) -> artgan.ImageInfo:
        _, height, _, channels = self._images[0].shape
        return artgan.ImageInfo(channels, height, height, self._label_names)

    def __len__(self) -> int:
        return sum(len(images) for images in self._images)

    def fingerprint(self) -> str:
        return f"webdataset 1 {self._folder.name} {self.options.labels} {[len(images) for images in self._images]}"

    def read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        parts, position = [], start
        while position < stop:
            number = bisect_right(self._ends, position)
            first = position - (self._ends[number - 1] if number else 0)
            part = self._images[number][first : first + stop - position]
            parts.append(part)
            position += len(part)
        labels = self._labels[start:stop] if self._label_names else None
        return np.concatenate(parts) if parts else self._images[0][:0], labels

    def choices(self) -> list[artgan.AutoSetting]:
        return [artgan.AutoSetting(**choice) for choice in self._kept[0]["choices"]]

    def damaged(self) -> dict[str, str]:
        return {name: why for kept in self._kept for name, why in kept.get("first_damaged", {}).items()}

    def notes(self) -> list[str]:
        damaged = sum(kept["damaged"] for kept in self._kept)
        return [f"{damaged:,} pictures in the shards can't be read and were left out."] if damaged else []

    @cached_property
    def _folder(self) -> Path:
        """Folder of the small copies, specific to the current state of these shards and to the shape of the images."""
        shape = self.options.model_dump(exclude={"labels"}), self.size
        stats = []
        for shard in expand(self.options.shards):
            path = Path(shard).expanduser()
            stats.append((path.stat().st_size, path.stat().st_mtime_ns) if "://" not in shard and path.is_file() else 0)
        key = hashlib.sha256(json.dumps([shape, stats]).encode()).hexdigest()[:16]
        return paths.cache_dir() / "streamed" / key

    def _keep(self, number: int, shard: str, room: int | None, pool: ThreadPoolExecutor) -> int:
        """Read a shard unless its copy exists; return its number of images."""
        record, array = self._folder / f"{number:06d}.json", self._folder / f"{number:06d}.npy"
        if record.is_file() and array.is_file():
            return len(json.loads(record.read_text())["labels"])
        stream = samples(shard, self.options.label_column)
        first = list(islice(stream, LOOKED_AT)) if number == 0 else []
        chosen = self._chosen(first) if number == 0 else json.loads((self._folder / "000000.json").read_text())
        images: list[NDArray[np.uint8]] = []
        labels: list[str | None] = []
        damaged, first_damaged = 0, dict[str, str]()
        everything: Iterator[Sample] = chain(first, stream)
        while (room is None or len(images) < room) and (chunk := list(islice(everything, CHUNK))):
            for sample, image in zip(chunk, pool.map(lambda one: _read(one, chosen), chunk), strict=True):
                if isinstance(image, str):
                    damaged += 1
                    first_damaged = first_damaged or {sample.name: image}
                elif room is None or len(images) < room:
                    images.append(image)
                    labels.append(sample.label)
        shape = (0, chosen["size"], chosen["size"], chosen["channels"])
        with files.write_errors(array), files.replacing(array) as temporary, temporary.open("wb") as file:
            np.save(file, np.stack(images) if images else np.empty(shape, np.uint8))
        files.write_atomic(
            record, json.dumps({**chosen, "labels": labels, "damaged": damaged, "first_damaged": first_damaged})
        )
        return len(images)

    def _chosen(self, first: list[Sample]) -> dict[str, Any]:
        """Decide the shape of the images, and how to bring pictures to it, by the first pictures."""
        beginning = Beginning(self.options, self.size, first)
        settled = beginning.settled()
        kept = {name: getattr(settled, name) for name in ("fit", "focus", "resampling", "background")}
        choices = [
            {"flag": choice.flag, "name": choice.name, "value": choice.value, "why": choice.why}
            for choice in beginning.choices()
        ]
        info = beginning.info
        return {"size": info.height, "channels": info.channels, "choices": choices, **kept}

    def _open_kept(self) -> bool:
        """Open the copies in the cache; return True if all that are needed exist."""
        if self._kept:
            return True
        try:
            count = json.loads((self._folder / "all.json").read_text())["shards"]
            names = [f"{number:06d}" for number in range(count)]
            kept = [json.loads((self._folder / f"{name}.json").read_text()) for name in names]
            images = [np.load(self._folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names]
        except (OSError, ValueError, KeyError):
            return False
        self._kept, self._images = kept, images
        self._ends = list(accumulate(len(part) for part in images))
        return True

    @cached_property
    def _label_texts(self) -> list[str]:
        return [label or UNSORTED for kept in self._kept for label in kept["labels"]]

    @cached_property
    def _label_names(self) -> tuple[str, ...]:
        names = in_order(self._label_texts) if self.options.labels else ()
        return names if len(set(names) - {UNSORTED}) > 1 else ()

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        numbers = {name: number for number, name in enumerate(self._label_names)}
        return np.array([numbers[text] for text in self._label_texts], np.int64)


class Beginning(artgan.PictureDataset):
    """The first pictures of the stream, which decide the shape of all images."""

    def __init__(self, options: Any, size: int | None, first: list[Sample]) -> None:
        given = artgan.PictureOptions(
            channels=options.channels, background=options.background, fit=options.fit, labels="none"
        )
        super().__init__(given, Path(), size)
        self.first = first

    def files(self) -> Sequence[artgan.PictureFile]:
        return [artgan.PictureFile(f"{number}.png", None, 0) for number in range(len(self.first))]

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self.first[int(name.removesuffix(".png"))].content)


def _read(sample: Sample, chosen: dict[str, Any]) -> NDArray[np.uint8] | str:
    """Read a picture; return it, or the reason why it can't be read."""
    try:
        return read_picture(
            io.BytesIO(sample.content),
            chosen["channels"],
            chosen["size"],
            chosen["fit"],
            chosen["focus"],
            chosen["resampling"],
            chosen["background"] or "white",
        )
    # Pillow raises nearly anything for a damaged file.
    except Exception as error:
        return unreadable.reason(error)
