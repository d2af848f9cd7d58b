"""MNIST and Fashion-MNIST, from IDX files."""

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

import artgan
from artgan.data import download
from artgan.data.prepare import prepare
from artgan_plugins.datasets.fashion_mnist import FashionMNIST
from artgan_plugins.datasets.mnist import MNIST
from tests.first_party.opening import open_set, silent

pytestmark = pytest.mark.usefixtures("cache")


def idx(array):
    return struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def write_idx(data_dir, kind=MNIST, pack=False):
    """Ten training images and four test images; pixels of image i are i."""
    raw = data_dir / kind.folder / "raw"
    raw.mkdir(parents=True)
    for part, first, count in (("train", 0, 10), ("t10k", 10, 4)):
        numbers = np.arange(first, first + count, dtype=np.uint8)
        images = np.broadcast_to(numbers[:, None, None], (count, 28, 28))
        for name, array in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", numbers % 10)):
            content = idx(np.ascontiguousarray(array))
            path = raw / f"{part}-{name}"
            if pack:
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
            else:
                path.write_bytes(content)
    return raw


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
@pytest.mark.parametrize("pack", [False, True])
def test_idx_files_are_found_packed_or_not(tmp_path, kind, pack):
    write_idx(tmp_path, kind, pack)
    dataset = open_set(kind, tmp_path)
    assert dataset.on_disk()
    assert dataset.info.shape == (1, 28, 28)
    assert dataset.info.labels == 10
    prepared = prepare(dataset, "it")
    assert prepared.images[:, 3, 4, 0].tolist() == list(range(10))
    assert prepared.labels.tolist() == list(range(10))


@pytest.mark.parametrize(("split", "count"), [("train", 10), ("test", 4), ("all", 14)])
def test_the_split_says_which_images(tmp_path, split, count):
    write_idx(tmp_path)
    dataset = open_set(MNIST, tmp_path, split=split)
    assert len(dataset) == count
    images, labels = dataset.read(1, count)
    first = 10 if split == "test" else 0
    assert images[:, 0, 0, 0].tolist() == list(range(first + 1, first + count))
    assert len(labels) == count - 1


def test_a_slice_may_cross_from_training_to_test_images(tmp_path):
    write_idx(tmp_path)
    images, labels = open_set(MNIST, tmp_path, split="all").read(8, 12)
    assert images[:, 0, 0, 0].tolist() == [8, 9, 10, 11]
    assert labels.tolist() == [8, 9, 0, 1]


def test_another_size_is_resized_and_prepared_apart(tmp_path):
    write_idx(tmp_path)
    native, larger = prepare(open_set(MNIST, tmp_path), "it"), prepare(open_set(MNIST, tmp_path, 32), "it")
    assert larger.images.shape == (10, 32, 32, 1)
    assert larger.images[7, 16, 16, 0] == 7
    assert larger.path != native.path


def test_a_touched_file_is_prepared_anew(tmp_path):
    raw = write_idx(tmp_path)
    before = open_set(MNIST, tmp_path).fingerprint()
    os.utime(raw / "train-images-idx3-ubyte", (1, 1))
    assert open_set(MNIST, tmp_path).fingerprint() != before


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("damage", [lambda b: b[:-5], lambda b: b + b"x", lambda b: b"", lambda b: b"<html>" + b])
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
def test_a_damaged_file_is_named(tmp_path, pack, damage, name):
    raw = write_idx(tmp_path, pack=pack)
    path = raw / (f"{name}.gz" if pack else name)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(artgan.UserError, match=rf"MNIST: .*{path.name} is damaged .*Delete it"):
        open_set(MNIST, tmp_path)


def test_labels_of_another_set_are_noticed(tmp_path):
    raw = write_idx(tmp_path)
    (raw / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(9, np.uint8)))
    with pytest.raises(artgan.UserError, match="9 labels for 10 images"):
        open_set(MNIST, tmp_path)


@pytest.mark.usefixtures("offline")
def test_no_network_says_which_files_go_where(tmp_path):
    data_dir = tmp_path / "data"
    dataset = FashionMNIST(FashionMNIST.Options(), data_dir)
    assert not dataset.on_disk()
    with pytest.raises(artgan.UserError) as caught:
        dataset.fetch(silent)
    message = str(caught.value)
    for expected in (
        "no network",
        "train-images-idx3-ubyte, train-labels-idx1-ubyte",
        str(data_dir / "FashionMNIST" / "raw"),
        "artgan datasets",
    ):
        assert expected in message
    assert not data_dir.exists()


def serve(monkeypatch, files):
    """Answers downloads from a dict: the last part of the address -> content."""

    class Answer:
        def __init__(self, content):
            self.rest = content

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def read(self, count):
            block, self.rest = self.rest[:count], self.rest[count:]
            return block

    monkeypatch.setattr(
        download.urllib.request,
        "urlopen",
        lambda request, timeout: Answer(files[request.full_url.rsplit("/", 1)[1]]),
    )


def test_missing_files_are_downloaded_checked_and_counted(tmp_path, monkeypatch):
    raw = write_idx(tmp_path / "source", pack=True)
    files = {path.name: path.read_bytes() for path in raw.iterdir()}
    checksums = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(MNIST, "source", classmethod(lambda cls: (["http://x/"], checksums)))
    serve(monkeypatch, files)
    told = []
    dataset = MNIST(MNIST.Options(), tmp_path / "data")
    dataset.fetch(lambda done, total: told.append((done, total)))
    assert dataset.on_disk()
    assert len(dataset) == 10
    assert told == sorted(told)
    assert told[-1][0] > 9_912_422, "the second file goes on where the first one ended"


def test_a_download_that_is_not_the_published_file_is_not_kept(tmp_path, monkeypatch):
    name = "train-images-idx3-ubyte.gz"
    wrong = {name: "0" * 32}
    monkeypatch.setattr(MNIST, "source", classmethod(lambda cls: (["http://x/", "http://y/"], wrong)))
    serve(monkeypatch, {name: b"<html>please log in</html>"})
    with pytest.raises(artgan.UserError, match=r"http://x/.*MD5 mismatch.*http://y/"):
        open_set(MNIST, tmp_path / "data")
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


def test_torchvision_still_has_addresses_and_checksums():
    for kind in (MNIST, FashionMNIST):
        folders, checksums = kind.source()
        assert folders
        assert {f"{name}.gz" for name in kind.archive_bytes} == set(checksums)


@pytest.mark.skipif(
    not (Path(os.environ.get("ARTGAN_DATA", "")) / "MNIST/raw").is_dir(),
    reason="ARTGAN_DATA doesn't name a folder with MNIST in it",
)
def test_real_mnist():
    prepared = prepare(open_set(MNIST, os.environ["ARTGAN_DATA"]), "mnist")
    assert prepared.images.shape == (60_000, 28, 28, 1)
    assert prepared.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(prepared.labels).tolist()[:3] == [5923, 6742, 5958]
    assert prepared.images.mean() == pytest.approx(33.318, abs=0.01)
    assert prepared.info == MNIST.native[0]
