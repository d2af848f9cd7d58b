"""CIFAR-10, from its pickled batches."""

import hashlib
import io
import os
import pickle
import struct
import tarfile

import numpy as np
import pytest

import artgan
from artgan.data.prepare import prepare
from artgan_plugins.datasets import cifar10
from artgan_plugins.datasets.cifar10 import CIFAR10
from tests.first_party.opening import open_set

pytestmark = pytest.mark.usefixtures("cache")


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings, which is what the published files hold."""

    dispatch = pickle._Pickler.dispatch.copy()

    def save_string(self, content):
        self.write(pickle.BINSTRING + struct.pack("<i", len(content)) + content)
        self.memoize(content)

    dispatch[bytes] = save_string


def pickled_by_python_2(entry):
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(entry)
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """Batches of four images with checksums to match: data_dir, and a function that writes a batch."""
    datasets = pytest.importorskip("torchvision.datasets")
    monkeypatch.setattr(cifar10, "IMAGES_PER_BATCH", 4)
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    checksums = {}
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [])

    def write(name, entry):
        content = pickled_by_python_2(entry)
        (folder / name).write_bytes(content)
        checksums[name] = hashlib.md5(content).hexdigest()
        monkeypatch.setattr(datasets.CIFAR10, "train_list", [list(pair) for pair in checksums.items()])

    for number, name in enumerate([*cifar10.TRAIN, "test_batch"]):
        images = np.zeros((4, 3, 32, 32), np.uint8)
        images[:, 0] = number
        images[:, 2, 5, :] = 200
        write(name, {"data": images.reshape(4, 3072), "labels": [0, 1, 2, number]})
    return tmp_path / "data", write


def test_cifar10_is_read(cifar):
    prepared = prepare(open_set(CIFAR10, cifar[0]), "cifar10")
    assert prepared.images.shape == (20, 32, 32, 3)
    assert prepared.images[:, 0, 0, 0].tolist() == [n for n in range(5) for _ in range(4)]
    assert (prepared.images[:, 5, :, 2] == 200).all()
    assert prepared.images[:, 6, :, 2].max() == 0
    assert prepared.labels[-4:].tolist() == [0, 1, 2, 4]
    assert prepared.info.label_names[3] == "cat"


def test_cifar10_slices_cross_batches(cifar):
    images, labels = open_set(CIFAR10, cifar[0], 16, split="all").read(19, 23)
    assert images.shape == (4, 16, 16, 3)
    assert images[:, 0, 0, 0].tolist() == [4, 5, 5, 5]
    assert labels.tolist() == [4, 0, 1, 2]


def test_a_damaged_cifar10_file_is_named(cifar):
    path = cifar[0] / "cifar-10-batches-py" / "data_batch_2"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(artgan.UserError, match=r"data_batch_2 is damaged .*MD5.*Delete it"):
        prepare(open_set(CIFAR10, cifar[0]), "cifar10")


def test_a_pickle_runs_no_code(cifar, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    cifar[1]("data_batch_1", Bomb())
    with pytest.raises(artgan.ArtganError, match="doesn't contain images and labels"):
        prepare(open_set(CIFAR10, cifar[0]), "cifar10")
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def archive(cifar):
    """The archive in the data folder, and no longer the folder of batches; a function adds members to it."""
    path, folder = cifar[0] / "cifar-10-python.tar.gz", cifar[0] / "cifar-10-batches-py"
    (folder / "readme.html").write_text("<html>")
    away = cifar[0].parent / "away"
    folder.rename(away)

    def make(*members, without=()):
        with tarfile.open(path, "w:gz") as tar:
            for file in sorted(set(away.iterdir()) - {away / name for name in without}):
                tar.add(file, f"./{folder.name}/{file.name}")
            for member, content in members:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path

    return make


def test_an_archive_in_the_data_folder_is_unpacked(cifar, archive):
    archive()
    assert len(open_set(CIFAR10, cifar[0])) == 20
    assert sorted(path.name for path in cifar[0].iterdir()) == ["cifar-10-batches-py", "cifar-10-python.tar.gz"]
    assert (cifar[0] / "cifar-10-batches-py" / "readme.html").read_text() == "<html>"
    prepared = prepare(open_set(CIFAR10, cifar[0]), "cifar10")
    assert prepared.images[:, 0, 0, 0].tolist() == [n for n in range(5) for _ in range(4)]


def test_only_the_files_of_cifar10_are_unpacked(cifar, archive, tmp_path):
    """On every Python: the filters of its ``tarfile`` came with 3.11.4."""

    def member(name, kind=tarfile.REGTYPE, target=""):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        return info

    outside = tmp_path / "outside"
    outside.mkdir()
    archive(
        (member("../escaped"), b"x"),
        (member("cifar-10-batches-py/../../escaped"), b"x"),
        (member(str(tmp_path / "escaped")), b"x"),
        (member("cifar-10-batches-py/stranger"), b"x"),
        (member("other/data_batch_1"), b"x"),
        (member("cifar-10-batches-py/batches.meta", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (member("cifar-10-batches-py/link", tarfile.SYMTYPE, str(outside)), b""),
        (member("cifar-10-batches-py/link/through"), b"x"),
        (member("cifar-10-batches-py/pipe", tarfile.FIFOTYPE), b""),
    )
    assert len(open_set(CIFAR10, cifar[0])) == 20
    assert sorted(path.name for path in (cifar[0] / "cifar-10-batches-py").iterdir()) == [
        *(f"data_batch_{number}" for number in range(1, 6)),
        "readme.html",
        "test_batch",
    ]
    assert list(outside.iterdir()) == []
    assert not list(tmp_path.rglob("escaped"))


def test_a_damaged_archive_is_named_and_nothing_is_left(cifar, archive):
    for problem in ("cut", "changed", "incomplete", "something else"):
        path = archive(without=["data_batch_3"] if problem == "incomplete" else [])
        content = bytearray(path.read_bytes())
        if problem == "cut":
            del content[len(content) // 2 :]
        elif problem == "changed":
            middle = len(content) // 2
            content[middle : middle + 40] = bytes(40)
        elif problem == "something else":
            content = bytearray(b"not an archive")
        path.write_bytes(content)
        with pytest.raises(artgan.UserError, match=r"cifar-10-python.tar.gz is damaged .*Delete it") as caught:
            open_set(CIFAR10, cifar[0])
        assert ("it lacks data_batch_3" in str(caught.value)) == (problem == "incomplete")
        assert [path.name for path in cifar[0].iterdir()] == ["cifar-10-python.tar.gz"], problem


@pytest.mark.usefixtures("offline")
def test_cifar10_without_network_says_which_file_goes_where(tmp_path):
    with pytest.raises(artgan.UserError, match=r"no network.*Put cifar-10-python.tar.gz into .*data"):
        open_set(CIFAR10, tmp_path / "data")
    assert not (tmp_path / "data").exists()
