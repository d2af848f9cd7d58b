"""Folders of pictures."""

import os

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.data.prepare import prepare
from artgan_plugins.datasets.folder import Folder
from tests.first_party.opening import open_set

pytestmark = pytest.mark.usefixtures("cache")


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
    with pytest.raises(artgan.UserError, match=r"background=octarine .*isn't a colour"):
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
        paint(pics / ("good" if number % 2 else "fine") / f"{number}.png", size=(64, 64), colour=(number, 0, 99))
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
    with pytest.raises(artgan.UserError, match=r"has no readable images.*a\.png"):
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
    assert "medium.png (too many pixels)" in prepared.notes[0]


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
    assert dataset.damaged() == {"broken.png": "a broken link"}


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
        (lambda path: None, r"No such folder: .*pics/it"),
        (lambda path: path.mkdir(), r"folder .*pics/it is empty\. Supported formats are .*\.png"),
        (
            lambda path: (path.mkdir(), (path / "a.psd").touch()),
            r"contains no pictures \(only .* a\.psd\)",
        ),
        (lambda path: path.touch(), "is a file: give a folder of pictures"),
    ],
)
def test_folders_without_pictures(pics, make, message):
    make(pics / "it")
    with pytest.raises(artgan.UserError, match=message):
        open_folder(pics / "it")


def test_a_folder_needs_a_path():
    with pytest.raises(artgan.UserError, match=r"--data \./pictures"):
        open_set(Folder, ".")
