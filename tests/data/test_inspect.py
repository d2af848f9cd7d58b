"""`artgan data inspect`: everything about a folder, in words, in JSON and in a picture."""

import json

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan import inspection


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
    found = inspection.inspect(messy, sheet=tmp_path / "sheet.png")
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
        "pics: 12 pictures",
        "a 7, b 5",
        "1: a/broken.png (no picture, whatever its name says)",
        "RGBA 9, grey 2",
        "artgan would train on 10 images (without 1 damaged, 1 equal to another of their label), 32x32 RGBA, 2 labels:",
        "--size 32 ",
        "artgan train --data pics",
    ):
        assert text in done.stdout
    assert (tmp_path / "pics-inspected.png").is_file()
    assert program("data", "inspect", "nowhere").returncode == 2


def test_data_sets_that_are_no_files_are_inspected_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = inspection.inspect("glyphs", data_options={"images": "200"}, sheet=False).found
    assert found.pictures == found.images == 200
    assert found.size_bytes is None
    assert sum(found.labels.values()) == 200
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_none(tmp_path):
    with pytest.raises(artgan.UserError, match="glyphs"):
        inspection.inspect("glyps")


def test_loose_pictures_are_no_label_unless_they_are_many(messy):
    loose = Image.new("RGB", (32, 32), "teal")
    for number in range(100):
        Image.new("RGB", (32, 32), (number, 9, 2 * number)).save(messy / "b" / f"more-{number}.png")
    loose.save(messy / "loose.png")
    found = inspection.inspect(messy, sheet=False).found
    assert set(found.labels) == {"a", "b"}
    assert found.left_out == {"damaged": 1, "copies": 1, "unlabelled": 1}
    assert found.images == found.pictures - 3
    kept = inspection.inspect(messy, data_options={"unsorted": "label"}, sheet=False).found
    assert kept.labels["unsorted"] == 1
    for number in range(5):
        Image.new("RGB", (32, 32), (9, number, 99)).save(messy / f"loose-{number}.png")
    assert inspection.inspect(messy, sheet=False).found.labels["unsorted"] == 6


def test_what_cannot_be_looked_into_is_named(messy, program):
    (messy / "a" / "gone.png").symlink_to("nowhere.png")
    (messy / "a" / "empty.png").touch()
    (messy / "a" / "half.png").write_bytes((messy / "a" / "1.png").read_bytes()[:-30])
    (messy / "a" / "new\nline.png").write_bytes(b"")
    found = inspection.inspect(messy, sheet=False).found
    assert found.unread == {"a/gone.png": "a link that leads nowhere"}
    assert found.damaged == {
        "a/broken.png": "no picture, whatever its name says",
        "a/empty.png": "empty",
        "a/half.png": "cut short",
        "a/new\nline.png": "empty",
    }
    done = program("data", "inspect", "pics", "--no-sheet")
    assert "a/empty.png, a/new\\nline.png (empty), a/half.png (cut short)" in done.stdout
    assert "not looked into  a/gone.png (a link that leads nowhere)" in done.stdout
