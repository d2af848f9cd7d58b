"""Folders of pictures: what is decided by a look at them, and every way to say otherwise."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.data.image_stats import measure
from artgan.data.orientation import mirror_accuracy
from artgan.data.prepare import prepare
from artgan.plugins.options import resolve
from artgan_plugins.datasets.folder import Folder

RED, GREEN = (200, 30, 30, 255), (20, 160, 40, 255)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def pics(tmp_path):
    (tmp_path / "pics").mkdir()
    return tmp_path / "pics"


def open_folder(path, size=None, **options):
    dataset = Folder(resolve(Folder.Options, {"path": str(path), **options}, "data set folder"), Path("."), size)
    dataset.fetch(lambda done, total: None)
    return dataset


def sprite(number=0, size=(32, 32), colour=RED):
    """Pixel art: a block of few colours on nothing, a pixel of it elsewhere each time."""
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[8:24, 8:24] = colour
    pixels[8:10, 8:24] = (0, 0, 0, 255)
    pixels[12 + number % 8, 10 + number // 8] = (255, 255, 0, 255)
    return Image.fromarray(pixels)


def photograph(number=0, size=(64, 48)):
    noise = np.random.default_rng(number).normal(0, 6, (size[1], size[0], 3))
    slope = np.linspace(40, 200, size[0])[None, :, None] + noise
    return Image.fromarray(slope.clip(0, 255).astype(np.uint8))


def save(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def decided(dataset):
    return {choice.name: choice.value for choice in dataset.choices()}


def test_pixel_art_is_told_from_photographs():
    assert measure(sprite()).pixel_art
    assert measure(sprite().resize((320, 320), Image.Resampling.NEAREST)).pixel_art
    assert not measure(photograph()).pixel_art
    assert not measure(photograph().convert("L")).pixel_art
    assert not measure(sprite().resize((80, 80), Image.Resampling.BICUBIC).convert("RGB")).pixel_art


def test_sprites_keep_their_transparency_and_their_edges(pics):
    for number in range(6):
        save(sprite(number), pics / f"{number}.png")
    save(sprite(9, (32, 48)), pics / "tall.png")
    dataset = open_folder(pics)
    assert decided(dataset) == {"size": "32", "channels": "rgba", "fit": "pad", "resampling": "pixels"}
    assert all(choice.why for choice in dataset.choices())
    images = prepare(dataset, "folder").images
    assert images.shape == (7, 32, 32, 4)
    # The tall one's empty margins were cut off instead of its pixels being mixed.
    assert {tuple(pixel) for pixel in images[6].reshape(-1, 4).tolist()} == {
        (0, 0, 0, 0),
        (0, 0, 0, 255),
        RED,
        (255, 255, 0, 255),
    }


def test_small_sprites_grow_by_whole_pixels(pics):
    save(sprite().crop((8, 8, 24, 24)), pics / "a.png")
    image = prepare(open_folder(pics, 40, fit="pad", channels="rgba"), "folder").images[0]
    assert (image[:4] == 0).all(), "16 pixels twice are 32; a border is around them"
    assert (image[4:8, 4:36] == (0, 0, 0, 255)).all()
    assert (image[8:12, 4:8] == RED).all()


def test_photographs_are_cropped_and_shrunk_to_means(pics):
    for number in range(4):
        save(photograph(number, (96, 64)), pics / f"{number}.jpg")
    assert decided(open_folder(pics)) == {"size": "64", "channels": "rgb", "fit": "crop"}
    board = np.indices((64, 64)).sum(0) % 2 * 255
    shutil.rmtree(pics)
    save(Image.fromarray(board.astype(np.uint8)), pics / "board.png")
    assert set(np.unique(prepare(open_folder(pics, 32), "folder").images)) <= {127, 128}


def test_what_is_given_is_not_chosen(pics):
    for number in range(6):
        save(sprite(number), pics / f"{number}.png")
    dataset = open_folder(pics, 16, channels="rgb", background="#102030", resampling="nearest", fit="stretch")
    assert decided(dataset) == {}
    assert prepare(dataset, "folder").images[0, 0, 0].tolist() == [16, 32, 48]
    assert decided(open_folder(pics, background="black"))["channels"] == "rgb", "a background is for laying over it"


def test_settled_options_open_the_same_data_set_when_it_has_grown(pics):
    for number in range(6):
        save(sprite(number), pics / f"{number}.png")
    first = open_folder(pics)
    settled = first.settled().model_dump(exclude={"path"})
    again = open_folder(pics, **settled)
    assert again.settled() == first.settled()
    assert again.fingerprint() == first.fingerprint()
    for number in range(30):
        save(photograph(number, (32, 32)), pics / "more" / f"{number}.jpg")
    grown = open_folder(pics, **settled)
    assert (grown.info.channels, grown.settled().resampling) == (4, "pixels")
    assert open_folder(pics).settled().resampling == "smooth"


@pytest.mark.parametrize(("focus", "place"), [("left", 0), ("centre", 1), ("right", 2), ("detail", 2)])
def test_focus_says_what_crop_keeps(pics, focus, place):
    pixels = np.repeat(np.uint8([[[40] * 3, [90] * 3, [140] * 3]]), 32, axis=1).repeat(32, axis=0)
    pixels[8:24:2, 70:90] = 255
    save(Image.fromarray(pixels), pics / "a.png")
    found = prepare(open_folder(pics, 32, focus=focus, channels="grey", fit="crop"), "folder").images[0]
    assert found[0, 16, 0] == [40, 90, 140][place]


# Copies


def test_equal_files_are_learnt_from_once_a_label(pics):
    for name in ("a/1.png", "a/2.png", "a/deep/3.png", "b/1.png"):
        save(sprite(), pics / name)
    save(sprite(3), pics / "b" / "other.png")
    prepared = prepare(open_folder(pics), "folder")
    assert prepared.labels.tolist() == [0, 1, 1]
    assert prepared.notes == ("2 copies of other pictures were left out (a/2.png equals a/1.png, …).",)
    assert len(prepare(open_folder(pics, duplicates="keep"), "folder")) == 5


def test_look_alikes_are_left_out_on_request_and_other_colours_are_none(pics):
    image = photograph(0, (64, 64))
    save(image, pics / "a.png")
    image.save(pics / "b.jpg", quality=92)
    save(image.resize((128, 128), Image.Resampling.BICUBIC), pics / "c.png")
    save(sprite(), pics / "potion-red.png")
    save(sprite(colour=GREEN), pics / "potion-green.png")
    assert len(prepare(open_folder(pics, 32), "folder")) == 5
    prepared = prepare(open_folder(pics, 32, duplicates="near"), "folder")
    assert len(prepared) == 3
    assert "2 copies or look-alikes" in prepared.notes[0]


# Labels


def test_labels_go_as_deep_as_wanted(pics):
    for name in ("mon/undead/a.png", "mon/b.png", "item/potion/c.png", "d.png"):
        save(sprite(len(name)), pics / name)
    assert open_folder(pics).info.label_names == ("item", "mon", "unsorted")
    dataset = open_folder(pics, depth=2)
    assert dataset.info.label_names == ("item/potion", "mon", "mon/undead", "unsorted")
    assert prepare(dataset, "folder").labels.tolist() == [3, 0, 1, 2]


def write_table(pics, rows, kind="jsonl"):
    if kind == "jsonl":
        (pics / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return
    lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
    (pics / "metadata.csv").write_text("\n".join(lines))


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_labels_from_a_table_beside_the_pictures(pics, kind):
    rows = []
    for number in range(4):
        save(sprite(number), pics / "train" / f"{number}.png")
        rows.append({"file_name": f"train/{number}.png", "label": number % 2, "mood": ["sad", "gay"][number // 2]})
    write_table(pics, rows, kind)
    dataset = open_folder(pics)
    assert dataset.info.label_names == ("0", "1")
    assert prepare(dataset, "folder").labels.tolist() == [0, 1, 0, 1]
    moods = open_folder(pics, label_column="mood")
    assert moods.info.label_names == ("gay", "sad")
    assert open_folder(pics, labels="folders").info.label_names == ()
    before = dataset.fingerprint()
    write_table(pics, [*rows[:3], {**rows[3], "label": 0}], kind)
    assert open_folder(pics).fingerprint() != before
    with pytest.raises(artgan.UserError, match=r"No column of the metadata is called 'mod'.*'mood'"):
        open_folder(pics, label_column="mod")


def test_tables_that_are_none_and_titles_that_are_no_labels(pics):
    for number in range(3):
        save(sprite(number), pics / f"{number}.png")
    with pytest.raises(artgan.UserError, match=r"No column of labels found.*metadata\.jsonl"):
        open_folder(pics, labels="metadata")
    write_table(pics, [{"file_name": f"{number}.png", "label": f"picture {number}"} for number in range(3)])
    titled = open_folder(pics)
    assert titled.info.label_names == (), "a text for each picture is a title"
    assert open_folder(pics, **titled.settled().model_dump(exclude={"path"})).info == titled.info
    (pics / "metadata.jsonl").unlink()
    for more in ({}, {"labels": "metadata"}):
        with pytest.raises(
            artgan.UserError, match=r"label_column=style needs metadata\.jsonl or metadata\.csv .* there is neither"
        ):
            open_folder(pics, label_column="style", **more)
    (pics / "metadata.jsonl").write_text('{"file_name": "0.png"}\n{oops\n')
    with pytest.raises(artgan.UserError, match=r"metadata\.jsonl, line 2, isn't valid JSON"):
        open_folder(pics)
    (pics / "metadata.jsonl").write_text('{"picture": "0.png"}\n')
    with pytest.raises(artgan.UserError, match="line 1: file_name is missing"):
        open_folder(pics)


def test_a_cap_a_label_and_a_part_held_out(pics):
    for number in range(40):
        save(sprite(number), pics / ("many" if number < 36 else "few") / f"{number}.png")
    assert np.bincount(prepare(open_folder(pics, per_label=10), "folder").labels).tolist() == [4, 10]
    train = open_folder(pics, held_out=0.25)
    held_out = train.held_out()
    held_out.fetch(lambda done, total: None)
    every = open_folder(pics, split="all", held_out=0.25)
    assert 0 < len(held_out) < len(train)
    assert len(train) + len(held_out) == len(every) == 40
    assert held_out.info == train.info
    names = {train.pictures[index].name for index in train.chosen}
    save(sprite(41), pics / "few" / "41.png")
    grown = open_folder(pics, held_out=0.25)
    assert {grown.pictures[index].name for index in grown.chosen} - {"few/41.png"} == names, "pictures keep their side"
    with pytest.raises(artgan.UserError, match=r"held_out=0\.1"):
        open_folder(pics, split="held-out")


def test_all_is_said_only_of_pictures_that_were_all_looked_at(pics, monkeypatch):
    for number in range(40):
        save(sprite(number), pics / f"{number}.png")

    def why():
        return {choice.name: choice.why for choice in open_folder(pics).choices()}

    assert why()["size"] == "100% of the pictures are 32x32"
    assert why()["channels"] == "100% of the pictures have transparent parts"
    monkeypatch.setattr("artgan.data.picture_survey.HEADERS", 20)
    monkeypatch.setattr("artgan.data.picture_survey.MEASURED", 20)
    assert why()["size"] == "nearly all of the pictures are 32x32"
    assert why()["channels"] == "nearly all of the pictures have transparent parts"
    assert why()["resampling"].startswith("nearly all are pixel art")


# Mirrors


def test_letters_are_told_from_their_mirror_images_and_circles_are_not():
    random = np.random.default_rng(0)
    circles = random.integers(0, 255, (200, 8, 8, 4)).astype(np.uint8)
    assert abs(mirror_accuracy(circles) - 0.5) < 0.12
    letters = circles // 8
    letters[:, :, 0] += 120
    assert mirror_accuracy(letters) > 0.95
    assert mirror_accuracy(letters[:20]) is None, "too few to tell"


def test_which_choices_come_from_real_art(tiles_dir):
    dataset = open_folder(tiles_dir)
    assert decided(dataset) == {
        "size": "32",
        "channels": "rgba",
        "fit": "pad",
        "resampling": "pixels",
        "mirror": "false",
    }
    assert len(dataset) == 4357
    assert dataset.info.labels == 8
