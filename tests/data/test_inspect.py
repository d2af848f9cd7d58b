"""`artgan data inspect`: everything about a folder, in words, in JSON and in a picture."""

import json
import re

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.api import inspect


@pytest.fixture
def messy(tmp_path):
    """Two labels, five sizes and modes, a copy, a look-alike, a damaged file and a text."""
    folder = tmp_path / "pics"
    for number in range(8):
        pixels = np.zeros((32, 32, 4), np.uint8)
        pixels[4:28, 4 + number : 20] = (30 * number, 90, 0, 255)
        pixels[6:12, 20:24] = (0, 0, 200, 255)
        path = folder / ("a" if number < 5 else "b") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    slope = np.tile(np.linspace(0, 255, 96, dtype=np.uint8), (64, 1))
    Image.fromarray(slope).save(folder / "a" / "slope.png")
    Image.fromarray(slope).save(folder / "b" / "slope.jpg", quality=95)
    (folder / "b" / "copy.png").write_bytes((folder / "b" / "7.png").read_bytes())
    (folder / "a" / "broken.png").write_text("no picture")
    (folder / "notes.txt").write_text("hello")
    return folder


def test_everything_about_a_folder(messy, tmp_path):
    found = inspect.inspect(messy, sheet=tmp_path / "sheet.png")
    record = json.loads(json.dumps(found.record()))
    assert record["pictures"] == 12
    assert record["sizes"] == {"32x32": 9, "96x64": 2}
    assert record["modes"] == {"RGBA": 9, "L": 2}
    assert record["transparency"] == {"hard": 9, "none": 2}
    assert record["pixel_art"] == 9
    assert record["labels"] == {"a": 7, "b": 5}
    assert list(record["damaged"]) == ["a/broken.png"]
    assert record["copies"] == {"b/copy.png": "b/7.png"}
    assert record["look_alikes"] == {"b/slope.jpg": "a/slope.png"}
    assert record["other_files"] == {".txt": 1}
    assert record["images"] == 10
    assert {choice["text"] for choice in record["choices"]} >= {
        "--size 32",
        "--data-option channels=rgba",
        "--data-option resampling=pixels",
        "-o augment=color,translation,cutout",
    }
    sheet = Image.open(tmp_path / "sheet.png")
    assert sheet.width > 1000
    assert sheet.mode == "RGB"
    assert sheet.height < sheet.width // 4, "a row for each of the two labels"


def test_the_command(messy, program, tmp_path):
    done = program("data", "inspect", "pics")
    assert done.returncode == 0, done.stderr
    for text in (
        "pics: 12 images",
        "2: a (7), b (5)",
        "1: a/broken.png (not a picture, despite its name)",
        "RGBA (9), grey (2)",
        "copies         1 is identical to another: b/copy.png and b/7.png",
        "artgan would train dcgan on 10 images (without 1 damaged, 1 identical to another with the same label), "
        "32x32 RGBA, 2 ",
        "--size 32 ",
        "artgan train --data pics",
    ):
        assert text in done.stdout
    assert (tmp_path / "pics-inspected.png").is_file()
    assert program("data", "inspect", "nowhere").returncode == 2


def test_data_sets_that_are_no_files_are_inspected_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = inspect.inspect("glyphs", data_options={"images": "200"}, sheet=False).found
    assert found.pictures == found.images == 200
    assert found.size_bytes is None
    assert sum(found.labels.values()) == 200
    assert not list(tmp_path.iterdir())


def test_a_data_set_with_a_name_has_a_model_and_no_options_on_the_left(program):
    done = program("data", "inspect", "glyphs", "--data-option", "images=20", "--no-sheet")
    assert "10: 0 (2), 1 (2)" in done.stdout
    assert "artgan would train dcgan on 20 images, 28x28 grey, 10 labels.\n" in done.stdout
    assert "artgan train --data glyphs" in done.stdout
    assert "on the left" not in done.stdout


def test_pictures_that_are_all_broken(program, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_text("x")
    (tmp_path / "bad" / "b.jpg").touch()
    wanted = "No picture of bad can be read: a.png (not a picture, despite its name), b.jpg (empty)."
    done = program("data", "inspect", "bad")
    assert done.returncode == 2
    assert "2: a.png (not a picture, despite its name), b.jpg (empty)" in done.stdout
    assert "would train" not in done.stdout
    assert wanted in done.stderr
    told = program("data", "inspect", "bad", "--json")
    assert told.returncode == 2
    assert wanted in json.loads(told.stdout)["error"]
    for more in ([], ["--dry-run"]):
        done = program("train", "--data", "bad", *more)
        assert done.returncode == 2
        assert wanted in done.stderr
        assert "Chosen for these images" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_sheet_is_a_png(messy, program, tmp_path):
    done = program("data", "inspect", "pics", "--sheet", "sheet.txt")
    assert done.returncode == 2
    assert "sheet.txt should end in .png" in done.stderr
    assert "looking at images" not in done.stderr
    assert not (tmp_path / "sheet.txt").exists()


def test_a_size_that_no_model_makes_is_told_before_all_pictures_are_looked_at(messy, program):
    done = program("data", "inspect", "pics", "--size", "512")
    assert done.returncode == 2
    assert "try --size 256" in done.stderr
    assert "looking at images" not in done.stderr


def test_one_of_a_kind_is_told_in_the_singular(program, tmp_path):
    (tmp_path / "one").mkdir()
    Image.new("RGBA", (32, 32), (9, 9, 9, 99)).save(tmp_path / "one" / "a.png")
    done = program("data", "inspect", "one", "--no-sheet")
    for text in ("one: 1 image, ", "1 image, 1 of them partly translucent", "on 1 image, 32x32", "only 1 image:"):
        assert text in done.stdout


def test_a_name_that_is_none(tmp_path):
    with pytest.raises(artgan.UserError, match="glyphs"):
        inspect.inspect("glyps")


def test_loose_pictures_are_no_label_unless_they_are_many(messy):
    loose = Image.new("RGB", (32, 32), "teal")
    for number in range(100):
        Image.new("RGB", (32, 32), (number, 9, 2 * number)).save(messy / "b" / f"more-{number}.png")
    loose.save(messy / "loose.png")
    found = inspect.inspect(messy, sheet=False).found
    assert set(found.labels) == {"a", "b"}
    assert found.left_out == {"damaged": 1, "copies": 1, "unlabelled": 1}
    assert found.images == found.pictures - 3
    (messy / "half.png").write_bytes((messy / "loose.png").read_bytes()[:60])
    damaged = inspect.inspect(messy, sheet=False).found
    assert damaged.left_out == {"damaged": 2, "copies": 1, "unlabelled": 1}
    assert damaged.images == damaged.pictures - 4
    (messy / "half.png").unlink()
    kept = inspect.inspect(messy, data_options={"unsorted": "label"}, sheet=False).found
    assert kept.labels["unsorted"] == 1
    for number in range(5):
        Image.new("RGB", (32, 32), (9, number, 99)).save(messy / f"loose-{number}.png")
    assert inspect.inspect(messy, sheet=False).found.labels["unsorted"] == 6


def test_what_cannot_be_looked_into_is_named(messy, program):
    (messy / "a" / "gone.png").symlink_to("nowhere.png")
    (messy / "a" / "empty.png").touch()
    (messy / "a" / "half.png").write_bytes((messy / "a" / "1.png").read_bytes()[:-30])
    (messy / "a" / "new\nline.png").write_bytes(b"")
    found = inspect.inspect(messy, sheet=False).found
    assert found.unread == {"a/gone.png": "a broken link"}
    assert found.damaged == {
        "a/broken.png": "not a picture, despite its name",
        "a/empty.png": "empty",
        "a/half.png": "truncated",
        "a/new\nline.png": "empty",
    }
    done = program("data", "inspect", "pics", "--no-sheet")
    assert "a/empty.png, a/new\\nline.png (empty), a/half.png (truncated)" in done.stdout
    assert re.search(r"not searched +a/gone\.png \(a broken link\)", done.stdout)
