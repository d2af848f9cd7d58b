"""The data sets that come from files: MNIST's kind, CIFAR-10 and folders."""

import gzip
import hashlib
import io
import os
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.data import download
from artgan.data.prepare import prepare
from artgan.options import resolve
from artgan_plugins.datasets import cifar10
from artgan_plugins.datasets.cifar10 import CIFAR10
from artgan_plugins.datasets.fashion_mnist import FashionMNIST
from artgan_plugins.datasets.folder import Folder
from artgan_plugins.datasets.mnist import MNIST


def silent(done, total):
    pass


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def offline(monkeypatch):
    def refuse(request, timeout):
        raise download.urllib.request.URLError("no network")

    monkeypatch.setattr(download.urllib.request, "urlopen", refuse)


def open_set(kind, data_dir, size=None, **options):
    dataset = kind(resolve(kind.Options, options, "data set"), Path(data_dir), size)
    dataset.fetch(silent)
    return dataset


# MNIST and Fashion-MNIST


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
    with pytest.raises(artgan.UserError, match=r"http://x/.*MD5 differs.*http://y/"):
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


# CIFAR-10


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
    with pytest.raises(artgan.ArtganError, match="no business in a file of images"):
        prepare(open_set(CIFAR10, cifar[0]), "cifar10")
    assert not (tmp_path / "ran").exists()


def test_an_archive_in_the_data_folder_is_unpacked(cifar):
    data_dir = cifar[0]
    with tarfile.open(data_dir / "cifar-10-python.tar.gz", "w:gz") as tar:
        tar.add(data_dir / "cifar-10-batches-py", "cifar-10-batches-py")
    (data_dir / "cifar-10-batches-py").rename(data_dir.parent / "away")
    assert len(open_set(CIFAR10, data_dir)) == 20
    assert sorted(path.name for path in data_dir.iterdir()) == [
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
    ]


@pytest.mark.usefixtures("offline")
def test_cifar10_without_network_says_which_file_goes_where(tmp_path):
    with pytest.raises(artgan.UserError, match=r"no network.*Put cifar-10-python.tar.gz into .*data"):
        open_set(CIFAR10, tmp_path / "data")
    assert not (tmp_path / "data").exists()


# Folders of pictures


@pytest.fixture
def pics(tmp_path):
    (tmp_path / "pics").mkdir()
    return tmp_path / "pics"


def paint(path, mode="RGB", size=(32, 32), colour="red", **save):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **save)


def open_folder(path, size=None, **options):
    return open_set(Folder, ".", size, path=str(path), **options)


def first_pixel(prepared, index=0):
    return prepared.images[index, 0, 0].tolist()


def test_sub_folders_are_labels_in_natural_order(pics):
    for label in ("10", "9", "Zebra", "ant"):
        paint(pics / label / "deep" / "er" / "a.png")
    dataset = open_folder(pics)
    assert dataset.info.label_names == ("9", "10", "ant", "Zebra")
    assert prepare(dataset, "folder").labels.tolist() == [1, 0, 3, 2]


def test_one_sub_folder_or_none_is_no_label(pics):
    paint(pics / "all" / "a.png")
    assert open_folder(pics).info.label_names == ()
    paint(pics / "b.png")
    assert prepare(open_folder(pics), "folder").labels is None


def test_pictures_beside_the_sub_folders_get_a_label_of_their_own(pics):
    for name in ("cat/a.png", "dog/b.png", "c.png"):
        paint(pics / name)
    assert open_folder(pics).info.label_names == ("cat", "dog", "unsorted")
    assert open_folder(pics, labels="none").info.label_names == ()


def test_hidden_files_and_others_are_ignored(pics):
    paint(pics / "a.PNG")
    for name in (".hidden/b.png", "__MACOSX/c.png"):
        paint(pics / name)
    (pics / "._a.png").write_bytes(b"resource fork")
    (pics / "notes.txt").write_text("hello")
    assert len(open_folder(pics)) == 1


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tiff"])
def test_formats(pics, suffix):
    paint(pics / f"a.{suffix}", colour=(200, 30, 30))
    assert np.abs(np.subtract(first_pixel(prepare(open_folder(pics), "folder")), (200, 30, 30))).max() < 8


def palette_with_transparency():
    image = Image.new("P", (32, 32), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (16, 0, 32, 32))
    image.info["transparency"] = 0
    return image


@pytest.mark.parametrize(
    ("image", "left", "right"),
    [
        (palette_with_transparency(), (255, 255, 255), (0, 0, 255)),
        (Image.new("RGBA", (32, 32), (255, 0, 0, 0)), (255, 255, 255), (255, 255, 255)),
        (Image.new("LA", (32, 32), (0, 128)), (127, 127, 127), (127, 127, 127)),
        (Image.new("L", (32, 32), 9), (9, 9, 9), (9, 9, 9)),
        (Image.new("1", (32, 32), 1), (255, 255, 255), (255, 255, 255)),
        (Image.fromarray(np.full((32, 32), 0x8000, np.uint16)), (128, 128, 128), (128, 128, 128)),
    ],
    ids=["P", "RGBA", "LA", "L", "1", "I;16"],
)
def test_modes_become_rgb_on_white(pics, image, left, right):
    image.save(pics / "a.png", **({"transparency": 0} if image.mode == "P" else {}))
    prepared = prepare(open_folder(pics, channels="rgb"), "folder")
    assert first_pixel(prepared) == list(left)
    assert prepared.images[0, 0, 31].tolist() == list(right)


def test_background_and_rgba(pics):
    paint(pics / "a.png", "RGBA", colour=(255, 0, 0, 0))
    assert first_pixel(prepare(open_folder(pics, background="black"), "folder")) == [0, 0, 0]
    assert first_pixel(prepare(open_folder(pics, background="#102030"), "folder")) == [16, 32, 48]
    assert first_pixel(prepare(open_folder(pics, channels="rgba"), "folder")) == [0, 0, 0, 0]
    with pytest.raises(artgan.UserError, match=r"background=octarine .*no colour"):
        open_folder(pics, background="octarine")


def test_grey_pictures_make_a_grey_set_and_a_coloured_one_a_coloured_set(pics):
    paint(pics / "a.png", "L", colour=7)
    assert open_folder(pics).info.channels == 1
    paint(pics / "b.png")
    assert open_folder(pics).info.channels == 3
    assert open_folder(pics, channels="grey").info.channels == 1


def test_fit(pics):
    image = Image.new("RGB", (96, 32), "blue")
    image.paste((255, 0, 0), (32, 0, 64, 32))
    image.save(pics / "a.png")
    crop, pad, stretch = (
        prepare(open_folder(pics, 32, fit=how), "folder").images[0] for how in ("crop", "pad", "stretch")
    )
    assert (crop == [255, 0, 0]).all()
    assert pad[0, 0].tolist() == [255, 255, 255]
    assert pad[16, 1].tolist() == [0, 0, 255]
    assert stretch[0, 0].tolist() == [0, 0, 255]
    assert stretch[16, 16].tolist() == [255, 0, 0]


def test_exif_orientation_is_honoured(pics):
    image = Image.new("RGB", (32, 32), "blue")
    image.paste((255, 0, 0), (0, 0, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    image.save(pics / "a.png", exif=exif)
    assert first_pixel(prepare(open_folder(pics), "folder")) == [0, 0, 255]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(28, 28)] * 3 + [(100, 50)], 28),
        ([(64, 64)], 64),
        ([(30, 30)], 16),
        ([(50, 70)], 32),
        ([(8, 8)], 16),
        ([(256, 256)], 64),
        ([(4000, 300), (200, 90), (70, 600)], 64),
    ],
)
def test_the_size_follows_the_pictures(pics, sizes, expected):
    for number, size in enumerate(sizes):
        paint(pics / f"{number}.png", size=size)
    assert open_folder(pics).info.shape == (3, expected, expected)
    assert open_folder(pics, 48).info.shape == (3, 48, 48)


def test_damaged_pictures_are_left_out_and_counted(pics):
    for number in range(5):
        paint(pics / ("good" if number % 2 else "fine") / f"{number}.png", size=(64, 64))
    whole = (pics / "fine" / "0.png").read_bytes()
    (pics / "good" / "half.png").write_bytes(whole[: len(whole) // 2])
    (pics / "fine" / "text.jpg").write_text("not a picture")
    (pics / "fine" / "empty.webp").touch()
    for prepared in (prepare(open_folder(pics), "folder"), prepare(open_folder(pics), "folder")):
        assert len(prepared) == 5
        assert prepared.labels.tolist() == [0, 0, 0, 1, 1]
        (note,) = prepared.notes
        assert "3 of 8 pictures can't be read" in note
        assert "fine/text.jpg" in note
        assert "good/half.png" in note


def test_only_damaged_pictures_is_an_error(pics):
    (pics / "a.png").write_text("no")
    with pytest.raises(artgan.UserError, match=r"no image that can be read.*a\.png"):
        prepare(open_folder(pics), "folder")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_too_large_for_memory_is_left_out(pics, monkeypatch):
    paint(pics / "a.png")
    paint(pics / "bomb.png", size=(300, 300))
    paint(pics / "medium.png", size=(120, 120))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    prepared = prepare(open_folder(pics), "folder")
    assert len(prepared) == 1
    assert "bomb.png" in prepared.notes[0]
    assert "medium.png (too large, 120x120 pixels)" in prepared.notes[0]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_are_followed_once_and_loops_are_harmless(pics, tmp_path):
    paint(pics / "b" / "a.png")
    paint(pics / "c" / "a.png")
    paint(tmp_path / "elsewhere" / "x.png")
    (pics / "a").symlink_to(pics / "b")
    (pics / "b" / "loop").symlink_to(pics)
    (pics / "b" / "up").symlink_to(tmp_path)
    (pics / "d").symlink_to(tmp_path / "elsewhere")
    (pics / "broken.png").symlink_to(pics / "nowhere.png")
    dataset = open_folder(pics)
    assert len(dataset) == 3
    assert dataset.info.label_names == ("b", "c", "d")


def test_a_changed_picture_changes_the_fingerprint_and_an_untouched_folder_does_not(pics):
    paint(pics / "a.png")
    before = open_folder(pics).fingerprint()
    assert open_folder(pics).fingerprint() == before
    assert open_folder(pics, fit="pad").fingerprint() != before
    os.utime(pics / "a.png", (1, 1))
    assert open_folder(pics).fingerprint() != before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, r"There is no folder .*pics/it"),
        (lambda path: path.mkdir(), r"folder .*pics/it is empty\. It may hold .*\.png"),
        (
            lambda path: (path.mkdir(), (path / "a.psd").touch()),
            r"holds no pictures \(only .* a\.psd\)",
        ),
        (lambda path: path.touch(), "is a file; a folder of pictures is needed"),
    ],
)
def test_folders_without_pictures(pics, make, message):
    make(pics / "it")
    with pytest.raises(artgan.UserError, match=message):
        open_folder(pics / "it")


def test_a_folder_needs_a_path():
    with pytest.raises(artgan.UserError, match=r"--data \./pictures"):
        open_set(Folder, ".")
