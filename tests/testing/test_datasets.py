"""The conformance kit on data sets: the first-party ones pass, and bad ones are told what is wrong with them."""

import os
import socket
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec
from artgan.testing import check_dataset
from tests.testing.first_party import names


@pytest.mark.parametrize("name", names(DatasetSpec))
def test_first_party_datasets_pass(name, tmp_path):
    options = {}
    if registry().of(DatasetSpec)[name].path_option:
        options = {registry().of(DatasetSpec)[name].path_option: str(pictures(tmp_path))}
    kind = registry().of(DatasetSpec)[name].load()
    data_dir = os.environ.get("ARTGAN_DATA", str(tmp_path))
    if not kind(kind.Options(**options), Path(data_dir)).on_disk():
        pytest.skip(f"{name} is not in ARTGAN_DATA")
    assert check_dataset(name, options=options, data_dir=data_dir).channels in (1, 3, 4)


def pictures(folder):
    random = np.random.default_rng(0)
    for label in ("cats", "dogs"):
        (folder / "pictures" / label).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 256, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / label / f"{number}.png")
    return folder / "pictures"


class Stripes(artgan.Dataset):
    class Options(artgan.Options):
        images: int = artgan.Field(40, ge=1, le=100, description="how many images")
        invert: bool = artgan.Field(False, description="black for white")

    native = (artgan.ImageInfo(1, 12, 12, ("few", "many")), 40)

    @property
    def info(self):
        side = self.size or 12
        return artgan.ImageInfo(1, side, side, ("few", "many"))

    def __len__(self):
        return self.options.images

    def fingerprint(self):
        return f"stripes {self.size} {self.options!r}"

    def read(self, start, stop):
        indices = np.arange(start, stop)
        line = (np.arange(self.info.width) * (2 + indices[:, None] % 2) * 20 + indices[:, None]) % 256
        images = np.broadcast_to(line[:, None, :, None], (len(indices), *self.info.shape[1:], 1)).astype(np.uint8)
        return (255 - images if self.options.invert else images), indices % 2


class Draws(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return np.random.default_rng().integers(0, 256, images.shape, dtype=np.uint8), labels


class CountsFromTheSlice(Stripes):
    def read(self, start, stop):
        images, labels = super().read(0, stop - start)
        return images, labels


class NotThreadSafe(Stripes):
    def __init__(self, options, data_dir, size=None):
        super().__init__(options, data_dir, size)
        self.owner = threading.get_ident()

    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images if threading.get_ident() == self.owner else images // 2, labels


class Floats(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images / 255, labels


class Dim(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images // 255, labels


class Same(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return np.full_like(images, 9), labels


class ChannelsFirst(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images.transpose(0, 3, 1, 2), labels


class FromOne(Stripes):
    def read(self, start, stop):
        images, labels = super().read(start, stop)
        return images, labels + 1


class NoLabels(Stripes):
    def read(self, start, stop):
        return super().read(start, stop)[0], None


class ForgetsOptions(Stripes):
    def fingerprint(self):
        return f"stripes {self.size}"


class Restless(Stripes):
    def fingerprint(self):
        return f"stripes {id(self)}"


class IgnoresSize(Stripes):
    info = artgan.ImageInfo(1, 12, 12, ("few", "many"))


class LiesAboutItself(Stripes):
    native = (artgan.ImageInfo(1, 12, 12, ("few", "many")), 50)


class NeverThere(Stripes):
    def on_disk(self):
        return False


class CrashesOffline(Stripes):
    def on_disk(self):
        return (self.data_dir / "stripes").exists()

    def fetch(self, report):
        if not self.on_disk():
            socket.create_connection(("example.org", 80), timeout=1)


class NumpySeed(Stripes):
    def read(self, start, stop):
        np.random.seed(1)  # noqa: NPY002
        return super().read(start, stop)


class HoldsOutTheSame(Stripes):
    def held_out(self):
        return type(self)(self.options, self.data_dir, self.size)


class HoldsOutCopies(Stripes):
    def held_out(self):
        return Stripes(self.options.model_copy(update={"images": 20}), self.data_dir, self.size)


class HoldsOutAnotherSize(Stripes):
    def held_out(self):
        return Stripes(self.options, self.data_dir, 16)


class HoldsOutArrays(Stripes):
    def held_out(self):
        return self.read(0, 4)


class Empty(Stripes):
    native = None

    def __len__(self):
        return 0


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Draws, "different images in slices.*depend only on"),
        (CountsFromTheSlice, "different images in slices"),
        (NotThreadSafe, "different images in several threads"),
        (Floats, "images of float64, not uint8"),
        (Dim, "no value .* is above 1"),
        (Same, "are all the same"),
        (ChannelsFirst, r"images of shape \(24, 1, 12, 12\), not \(24, 12, 12, 1\)"),
        (FromOne, "labels from 1 to 2, but label_names has only 0 to 1"),
        (NoLabels, r"should return labels \(24,\) int64, but returned a NoneType"),
        (ForgetsOptions, r"invert=True changes the images but not fingerprint\(\)"),
        (Restless, r"fingerprint\(\) isn't stable"),
        (IgnoresSize, "asked for size=16"),
        (LiesAboutItself, "native declares"),
        (NeverThere, r"on_disk\(\) is False after fetch"),
        (Empty, "has no images"),
        (HoldsOutTheSame, r"held_out\(\) has the fingerprint"),
        (HoldsOutCopies, "20 of its first 20 images are among the first that models learn from"),
        (HoldsOutAnotherSize, "they can't be compared"),
        (HoldsOutArrays, "neither an artgan.Dataset nor None"),
        (NumpySeed, "uses numpy's global random numbers"),
    ],
)
def test_bad_datasets_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_dataset(kind)


def test_a_dataset_without_its_files_and_a_network_says_so(tmp_path):
    (tmp_path / "stripes").touch()
    with pytest.raises(AssertionError, match=r"fetch\(\) without a network raised OSError"):
        check_dataset(CrashesOffline, data_dir=tmp_path)


class WithTest(Stripes):
    def held_out(self):
        return Stripes(self.options.model_copy(update={"invert": True}), self.data_dir, self.size)


def test_a_good_dataset_passes():
    assert check_dataset(Stripes) == artgan.ImageInfo(1, 12, 12, ("few", "many"))
    assert check_dataset(Stripes, options={"images": 3}, size=20).height == 20
    assert check_dataset(WithTest)
