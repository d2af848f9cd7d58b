"""Pictures of every bad kind: each is used as it looks or left out, with one summary; ``--strict`` stops instead."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.api import inspect as inspection
from artgan.api.evaluate import evaluate
from artgan.api.train import plan as plan_training
from artgan.data.inspect import inspect
from artgan.data.prepare import prepare
from artgan.data.safe_names import safe_name
from artgan_plugins.datasets.folder import Folder
from tests.data import zoo
from tests.first_party.opening import open_set

RED, BLUE = list(zoo.RED), [20, 40, 220]


@pytest.fixture
def pics(tmp_path):
    (tmp_path / "pics").mkdir()
    return tmp_path / "pics"


def open_folder(path, **options):
    return open_set(Folder, ".", zoo.SIDE, path=str(path), **{"duplicates": "keep", "channels": "rgba"} | options)


def test_odd_pictures_are_used_as_they_look(pics):
    names = zoo.used(pics)
    dataset = open_folder(pics, fit="crop")
    prepared = prepare(dataset, "folder")
    assert not prepared.notes
    assert [file.name for file in dataset.pictures] == names
    looks = dict(zip(names, prepared.images, strict=True))
    for kind in ("gif", "png", "webp"):
        assert np.abs(looks[f"animated.{kind}"][0, 0] - np.array([255.0, 0, 0, 255])).max() <= 3, "the first frame"
    for name in ("really-a-png.jpg", "really-an-icon.png", "SHOUTED.PNG"):
        assert looks[name][0, 0].tolist() == [*RED, 255]
        assert looks[name][0, -1].tolist() == [*BLUE, 255]
    for name in ("cmyk.jpg", "cmyk.tif"):
        assert np.abs(looks[name][3, 3, :3] - np.array(RED, float)).max() < 12
    for name in ("sixteen-bit.png", "sixteen-bit.tif", "sixteen-bit-rgb.png", "float.tif"):
        assert looks[name][0, 0, 0] == 0
        assert abs(int(looks[name][16, 0, 0]) - 128) <= 2, "scaled, not clipped"
        assert looks[name][-1, -1, 0] == 255
    assert (looks["one-bit.png"] == 255).all()
    assert looks["1x1.png"][5, 5].tolist() == looks["wide.png"][5, 5].tolist() == [*RED, 255]
    assert looks["tall.png"][5, 5].tolist() == [*RED, 255]
    # Turned a quarter clockwise: what was left is up.
    assert np.abs(looks["rotated.jpg"][2, 16, :3] - np.array(RED, float)).max() < 12
    assert np.abs(looks["rotated.jpg"][-3, 16, :3] - np.array(BLUE, float)).max() < 12


def test_what_is_no_picture_is_left_out_with_one_summary(pics):
    names = zoo.skipped(pics)
    zoo.picture().save(pics / "zz-good.png")
    dataset = open_folder(pics)
    prepared = prepare(dataset, "folder")
    assert len(prepared) == 1
    assert sorted(dataset.damaged()) == names
    links = [name for name in names if name in ("loop.png", "nowhere.png")]
    count = len(names) - len(links)
    assert prepared.notes[-1].startswith(f"{count} of {count + 1} pictures can't be read and were left out: bomb.png, ")
    assert "empty.png (empty)" in prepared.notes[-1]
    assert not links or "nowhere.png (a broken link)" in prepared.notes[0]
    why = dataset.damaged()
    assert why["text.png"] == why["svg.png"] == why["postscript.png"] == "not a picture, despite its name"
    assert not [reason for reason in why.values() if str(pics) in reason]
    found = inspect(open_folder(pics))
    assert sorted({**found.damaged, **found.unread}) == names
    assert found.images == 1


def test_no_program_is_started_for_postscript(pics, monkeypatch):
    import subprocess

    (pics / "a.png").write_bytes(zoo.POSTSCRIPT)
    zoo.picture().save(pics / "b.png")
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a program was started"))
    monkeypatch.setattr("shutil.which", lambda *_, **__: "/usr/bin/gs")
    assert len(prepare(open_folder(pics), "folder")) == 1


def test_strict_stops_at_the_first_and_knows_it_from_the_cache(pics, tmp_path):
    zoo.picture().save(pics / "a.png")
    (pics / "b.png").write_text("no")
    (pics / "c.png").touch()
    wanted = r"b\.png of folder can't be read: not a picture.*--strict"
    for _ in range(2):
        with pytest.raises(artgan.UserError, match=wanted) as caught:
            prepare(open_folder(pics), "folder", strict=True)
        assert caught.value.exit_code == 2
        assert len(prepare(open_folder(pics), "folder")) == 1
    with pytest.raises(artgan.UserError, match=r"b\.png of pics can't be read"):
        artgan.train(data=pics, strict=True, steps=1, runs_dir=tmp_path / "runs", gallery=False)
    assert not list(tmp_path.glob("runs/*"))
    with pytest.raises(artgan.UserError, match=r"b\.png of pics can't be read"):
        inspection.inspect(pics, strict=True, sheet=False)
    (pics / "b.png").unlink()
    (pics / "c.png").unlink()
    assert len(prepare(open_folder(pics), "folder", strict=True)) == 1


def test_a_copy_prepared_before_strict_was_known_is_made_again(pics):
    zoo.picture().save(pics / "a.png")
    (pics / "b.png").write_text("no")
    folder = prepare(open_folder(pics), "folder").path
    meta = (folder / "meta.json").read_text()
    (folder / "meta.json").write_text(meta.replace('"damaged"', '"unknown"'))
    assert len(prepare(open_folder(pics), "folder")) == 1
    with pytest.raises(artgan.UserError, match=r"b\.png"):
        prepare(open_folder(pics), "folder", strict=True)


def test_equal_files_that_cannot_be_read_are_damaged_and_no_copies(pics):
    zoo.picture().save(pics / "a.png")
    for name in ("b.png", "c.png", "d.png"):
        (pics / name).touch()
    prepared = prepare(open_folder(pics, duplicates="exact"), "folder")
    (note,) = prepared.notes
    assert note.startswith("3 of 4 pictures can't be read")
    assert inspect(open_folder(pics, duplicates="exact")).images == 1


def test_a_label_of_which_nothing_is_left_is_told(pics):
    for label in ("cat", "dog"):
        (pics / label).mkdir()
    zoo.picture().save(pics / "cat" / "a.png")
    (pics / "dog" / "a.png").touch()
    assert "Label dog has no readable images" in prepare(open_folder(pics), "folder").notes[-1]


def test_damaged_files_without_a_label_are_damaged_and_no_label(pics):
    for label in ("cat", "dog"):
        (pics / label).mkdir()
        for number in range(20):
            Image.new("RGB", (32, 32), (number, len(label), ord(label[0]))).save(pics / label / f"{number}.png")
    (pics / "empty.png").touch()
    (pics / "half.png").write_bytes((pics / "cat" / "1.png").read_bytes()[:60])
    (pics / "letter.png").write_text("dear")
    dataset = open_folder(pics)
    # By their number, they would be many enough to be a label of their own.
    assert dataset.info.label_names == ("cat", "dog")
    assert (len(dataset), dataset.readable) == (40, 40)
    prepared = prepare(dataset, "pics")
    assert len(prepared) == 40
    (note,) = prepared.notes
    assert note.startswith("3 of 43 pictures can't be read and were left out: empty.png (empty), ")
    with pytest.raises(artgan.UserError, match=r"empty\.png of pics can't be read: empty"):
        prepare(open_folder(pics), "pics", strict=True)
    assert set(np.unique(prepare(open_folder(pics, unsorted="label"), "pics").labels)) == {0, 1}
    shutil.copy(pics / "cat" / "1.png", pics / "whole.png")
    damaged, loose = prepare(open_folder(pics, unsorted="leave"), "pics").notes
    assert damaged.startswith("3 of 44 pictures can't be read")
    assert loose.startswith("1 of 44 pictures has no label and was left out (whole.png). To give it its own label, ")


def test_images_are_counted_without_those_that_a_look_found_damaged(pics):
    for number in range(5):
        Image.new("RGB", (32, 32), (number, 0, 99)).save(pics / f"{number}.png")
    (pics / "empty.png").touch()
    plan = plan_training(data=pics)
    assert plan["data"]["images"] == 5
    assert "only 5 images" in {choice["name"]: choice["why"] for choice in plan["choices"]}["augment"]


def test_a_readable_picture_is_found_among_thousands_of_damaged_ones(pics, monkeypatch):
    monkeypatch.setattr("artgan.data.picture_survey.MEASURED", 4)
    monkeypatch.setattr("artgan.data.picture_survey.HEADERS", 4)
    for number in range(9):
        (pics / f"{number}.png").touch()
    Image.new("RGB", (20, 32), "teal").save(pics / "5.png")
    dataset = open_folder(pics)
    assert "fit" in {choice.name for choice in dataset.choices()}


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="names are text here")
def test_names_and_labels_may_be_any_bytes(pics, tmp_path):
    for folder in (b"\xff", b"\xfe odd["):
        place = os.path.join(os.fsencode(pics), folder)
        os.mkdir(place)
        for number, name in enumerate((b"]\xe9.png", b"\x1b[31m.png")):
            zoo.picture().rotate(90 * number).save(os.fsdecode(os.path.join(place, name)))
        with open(os.path.join(place, b"damaged\x1b]0;owned\x07.png"), "wb"):
            pass
    run = artgan.train(
        data=pics,
        model="mlp",
        options={"hidden": "8", "latent_dim": 4},
        size=16,
        steps=1,
        batch_size=2,
        runs_dir=tmp_path / "runs",
        gallery_dir=tmp_path / "gallery",
        device="cpu",
        listeners=[said := _Kept()],
    )
    assert run.record["data"]["labels"] == ["\\xfe odd[", "\\xff"]
    (note,) = [text for text in said.texts if "can't be read" in text]
    assert note.isprintable()
    assert "damaged\\x1b]0;owned\\x07.png" in note


class _Kept:
    def __init__(self):
        self.texts = []

    def __call__(self, event):
        self.texts.append(getattr(event, "text", ""))


def test_readable_leaves_all_writing_as_it_is():
    for name in ("a.png", "naïve façade.png", "絵/猫.png", "family 👨‍👩‍👧.png", "שלום.png"):
        assert safe_name(name) == name
    assert safe_name("a\n\x1b\u202e\udcff") == "a\\n\\x1b\\u202e\\xff"
    assert safe_name("\ud800\udcff") == "\\ud800\\xff"


def test_folders_without_permission_are_told(pics, monkeypatch):
    zoo.picture().save(pics / "a.png")
    (pics / "shut").mkdir()
    healthy = os.scandir

    def scandir(path):  # root may look everywhere
        if os.path.basename(path) == "shut":
            raise PermissionError(13, "Permission denied", path)
        return healthy(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert "shut/ (permission denied)" in prepare(open_folder(pics), "folder").notes[0]
    with pytest.raises(artgan.UserError, match=r"shut/ of folder can't be read: permission denied"):
        prepare(open_folder(pics), "folder", strict=True)


def test_what_is_measured_is_read_alike(pics, tmp_path):
    for number in range(6):
        image = zoo.picture("RGBA").rotate(20 * number)
        image.putalpha(200)
        image.save(pics / f"{number}.png")
    (pics / "empty.png").touch()
    options = {"against": "glyphs", "data_options": {"images": 64}, "metrics": ["fid"], "features": "random"}
    found = evaluate(pics, **options, copies=False, device="cpu")
    assert found.record["images"] == 6
    assert [note for note in found.record["notes"] if note.startswith("1 of 7 pictures can't be read")]
    with pytest.raises(artgan.UserError, match=r"empty\.png of what is measured can't be read"):
        evaluate(pics, **options, copies=False, device="cpu", strict=True)


def test_a_table_that_is_none_is_told_with_its_line(pics):
    zoo.picture().save(pics / "a.png")
    for text, wanted in (
        ("file_name,label\na.png," + "x" * 200_000 + "\n", "isn't valid CSV"),
        ("file_name,label\na.png,x,y,z\n", None),
        ("file_name,label\na.png," + "9" * 9000 + "\n", None),
    ):
        (pics / "metadata.csv").write_text(text)
        if wanted:
            with pytest.raises(artgan.UserError, match=wanted):
                len(prepare(open_folder(pics), "folder"))
        else:
            assert len(prepare(open_folder(pics), "folder")) == 1


def test_a_picture_of_pillows_that_is_not_on_the_list_is_none(pics):
    Image.new("RGB", (32, 32)).save(pics / "a.png", "PCX")
    zoo.picture().save(pics / "b.png")
    dataset = open_folder(pics)
    prepare(dataset, "folder")
    assert list(dataset.damaged()) == ["a.png"]
