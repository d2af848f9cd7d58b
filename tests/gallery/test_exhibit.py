"""An exhibit is complete, can be read by others, and is there whole or not at all."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.api.gallery import gallery as make_exhibit
from artgan.errors import ArtganError, UserError
from artgan.gallery import writer
from artgan.gallery.exhibit import Exhibit, Place
from artgan.sampling.sampler import Sampler
from artgan.util import files


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


@pytest.fixture(params=["exchanged", *files.NO_EXCHANGE])
def way(request, tmp_path, monkeypatch) -> str:
    """How an exhibit takes the place of another: in one operation, or in two because the first gives this error."""
    if request.param == "exchanged":
        for name in "ab":
            (tmp_path / name).touch()
        try:
            files.exchange(tmp_path / "a", tmp_path / "b")
        except OSError:
            pytest.skip("this system can't exchange names")
        monkeypatch.setattr(Place, "_replace_by_renaming", lambda *_: pytest.fail("it was renamed"))
        return "exchanged"
    monkeypatch.setattr(files, "exchange", failing(request.param))
    return "renamed"


def failing(number: int):
    def fail(*_: Path) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def image_bytes(exhibit: Exhibit) -> list[bytes]:
    return [path.read_bytes() for path in exhibit.images]


def contents(gallery: Path) -> set[str]:
    """Everything in the gallery, hidden or not."""
    return set(os.listdir(gallery)) if gallery.exists() else set()


def test_everything_is_there(run, gallery):
    exhibit = make_exhibit(run, n=10, seed=42, gallery_dir=gallery)
    assert exhibit.path == gallery / "tiny-001-seed42"
    assert {path.name for path in exhibit.path.iterdir()} == {
        "images",
        "metadata.jsonl",
        "exhibit.json",
        "contact-sheet.png",
        "index.html",
    }
    assert [path.name for path in exhibit.images] == [f"{i:05d}.png" for i in range(10)]
    assert contents(gallery) == {exhibit.name}


def test_metadata_says_how_to_make_the_image_again(labelled_run, gallery):
    exhibit = make_exhibit(labelled_run, n=8, seed=5, labels=["one"], truncation=0.7, gallery_dir=gallery)
    line = list(exhibit.metadata())[3]
    assert next(iter(line)) == "file_name"
    score = line.pop("score")
    assert isinstance(score, float)
    assert line == {
        "file_name": "images/00003.png",
        "artgan": artgan.__version__,
        "model": "tiny",
        "data": "stripes",
        "run": "tiny-001",
        "checkpoint": "checkpoints/step-00000012.safetensors",
        "checkpoint_sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
        "seed": 5,
        "truncation": 0.7,
        "scale": 1,
        "index": 3,
        "label": 1,
        "label_name": "One",
    }
    again = Sampler(labelled_run.model).images([3], seed=5, labels=["one"], truncation=0.7)
    with Image.open(exhibit.images[3]) as picture:
        assert np.array_equal(np.asarray(picture), again[0, 0].numpy())


def test_every_png_carries_its_line(labelled_run, gallery):
    exhibit = make_exhibit(labelled_run, n=5, gallery_dir=gallery)
    lines = (exhibit.path / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    for path, line in zip(exhibit.images, lines, strict=True):
        with Image.open(path) as picture:
            assert picture.text["artgan"] == line


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_all_kinds_of_images(make_run, gallery, channels, mode):
    run = make_run(channels, 16, 24)
    exhibit = make_exhibit(run, n=3, gallery_dir=gallery)
    expected = Sampler(run.model).sample(3).permute(0, 2, 3, 1).numpy()
    for path, image in zip(exhibit.images, expected, strict=True):
        with Image.open(path) as picture:
            assert picture.mode == mode
            assert np.array_equal(np.asarray(picture).reshape(16, 24, channels), image)


def test_scale_enlarges_each_pixel(run, gallery):
    exhibit = make_exhibit(run, n=1, scale=3, gallery_dir=gallery)
    with Image.open(exhibit.images[0]) as picture:
        pixels = np.asarray(picture)
    small = Sampler(run.model).sample(1)[0, 0].numpy()
    assert np.array_equal(pixels, small.repeat(3, axis=0).repeat(3, axis=1))


def test_the_record_holds_the_request_and_the_machine(run, gallery):
    exhibit = make_exhibit(run, n=6, seed=9, title="Six", columns=3, gallery_dir=gallery, name="six")
    record = json.loads((exhibit.path / "exhibit.json").read_text())
    assert record == Exhibit.open(exhibit.path).record == exhibit.record
    assert record["request"]["columns"] == 3
    assert record["request"]["title"] == "Six"
    assert record["contact_sheet"]["images"] == 6
    assert {"torch", "platform", "numpy", "pillow"} <= set(record["on"])
    assert (exhibit.n, exhibit.seed, exhibit.run, exhibit.name) == (6, 9, "tiny-001", "six")


def test_the_same_request_makes_the_same_bytes(run, gallery):
    first = make_exhibit(run, n=70, seed=1, gallery_dir=gallery)
    second = make_exhibit(run, n=70, seed=1, gallery_dir=gallery)
    assert second.name == f"{first.name}-2"
    assert image_bytes(first) == image_bytes(second)
    assert first.sheet.read_bytes() == second.sheet.read_bytes()
    longer = make_exhibit(run, n=130, seed=1, gallery_dir=gallery)
    assert image_bytes(longer)[:70] == image_bytes(first)


def test_each_label_is_a_column(labelled_run, gallery):
    exhibit = make_exhibit(labelled_run, n=12, labels="each", gallery_dir=gallery)
    assert exhibit.record["contact_sheet"]["columns"] % 3 == 0
    assert [line["label"] for line in exhibit.metadata()] == [0, 1, 2] * 4


def test_curated_images_are_some_of_the_uncurated(labelled_run, gallery):
    exhibit = make_exhibit(labelled_run, n=12, labels="each", curate=4, gallery_dir=gallery)
    lines = list(exhibit.metadata())
    assert [line["label"] for line in lines] == [0, 1, 2] * 4
    assert len({line["index"] for line in lines}) == 12
    assert max(line["index"] for line in lines) < 48
    assert all(line["reason"] and line["rank"] <= line["candidates"] == 16 for line in lines)
    expected = Sampler(labelled_run.model).images([line["index"] for line in lines], labels="each")
    for path, image in zip(exhibit.images, expected, strict=True):
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(picture), image[0].numpy())


def test_curating_raises_the_scores(run, gallery):
    plain = make_exhibit(run, n=20, gallery_dir=gallery)
    curated = make_exhibit(run, n=20, curate=5, gallery_dir=gallery)

    def mean(exhibit: Exhibit) -> float:
        return float(np.mean([line["score"] for line in exhibit.metadata()]))

    assert mean(curated) > mean(plain)


def test_huggingface_datasets_reads_it_as_it_is(labelled_run, gallery, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    exhibit = make_exhibit(labelled_run, n=9, curate=2, gallery_dir=gallery)
    cache = str(tmp_path / "hf" / "cache")
    loaded = datasets.load_dataset("imagefolder", data_dir=str(exhibit.path), cache_dir=cache)
    assert list(loaded) == ["train"]
    rows = loaded["train"]
    assert len(rows) == 9
    lines = list(exhibit.metadata())
    by_index = {row["index"]: row for row in rows}
    assert sorted(by_index) == sorted(line["index"] for line in lines)
    for path, line in zip(exhibit.images, lines, strict=True):
        row = by_index[line["index"]]
        assert {key: row[key] for key in line if key != "file_name"} == {
            key: value for key, value in line.items() if key != "file_name"
        }
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(row["image"]), np.asarray(picture))


def test_a_name_that_is_taken_is_refused_before_any_work(run, gallery, monkeypatch):
    make_exhibit(run, n=2, name="show", gallery_dir=gallery)
    monkeypatch.setattr(run, "load", lambda *_, **__: pytest.fail("the model was loaded"))
    with pytest.raises(UserError, match=r"'show'.*--name.*--overwrite"):
        make_exhibit(run, n=2, name="show", gallery_dir=gallery)


def test_overwrite_replaces_the_exhibit(run, gallery, way):
    make_exhibit(run, n=9, name="show", gallery_dir=gallery)
    exhibit = make_exhibit(run, n=2, name="show", overwrite=True, gallery_dir=gallery)
    assert len(list((exhibit.path / "images").iterdir())) == 2
    assert contents(gallery) == {"show"}


def test_an_exhibit_that_is_gone_when_it_is_to_be_replaced_is_no_hindrance(run, gallery, monkeypatch):
    old = make_exhibit(run, n=9, name="show", gallery_dir=gallery)
    exchange = files.exchange

    def late(one: Path, other: Path) -> None:
        old.path.rename(gallery / "kept")
        exchange(one, other)

    monkeypatch.setattr(files, "exchange", late)
    exhibit = make_exhibit(run, n=2, name="show", overwrite=True, gallery_dir=gallery)
    assert len(exhibit.images) == 2
    assert contents(gallery) == {"show", "kept"}


def test_an_old_exhibit_that_waits_to_be_hung_again_keeps_its_name(run, gallery):
    first = make_exhibit(run, n=2, gallery_dir=gallery)
    other = make_exhibit(run, n=2, name=f"{first.name}-b", gallery_dir=gallery)
    first.path.rename(gallery / f".old-{first.name}-0123abcd")
    other.path.rename(gallery / f".old-{other.name}-0123abcd")
    second = make_exhibit(run, n=2, gallery_dir=gallery)
    assert second.name == f"{first.name}-2"
    assert contents(gallery) == {first.name, second.name, f".old-{other.name}-0123abcd"}
    assert len(first.images) == 2


def test_a_link_to_an_exhibit_is_replaced_and_what_it_leads_to_stays(run, gallery, tmp_path, way):
    old = make_exhibit(run, n=3, name="show", gallery_dir=gallery)
    old.path.rename(tmp_path / "elsewhere")
    old.path.symlink_to(tmp_path / "elsewhere")
    make_exhibit(run, n=2, name="show", overwrite=True, gallery_dir=gallery)
    assert not old.path.is_symlink()
    assert len(list((tmp_path / "elsewhere" / "images").iterdir())) == 3
    assert contents(gallery) == {"show"}


def test_overwrite_never_replaces_what_is_no_exhibit(run, gallery):
    (gallery / "precious").mkdir(parents=True)
    with pytest.raises(UserError, match="isn't an exhibit"):
        make_exhibit(run, n=2, name="precious", overwrite=True, gallery_dir=gallery)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", ".hidden", "a\\b", "x" * 200])
def test_names_that_are_no_folder_names_are_refused(run, gallery, name):
    with pytest.raises(UserError, match="isn't a valid name"):
        make_exhibit(run, n=2, name=name, gallery_dir=gallery)


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("taken", [False, True])
def test_a_failure_leaves_nothing_behind_and_loses_nothing(run, gallery, monkeypatch, failure, taken):
    if taken:
        make_exhibit(run, n=3, name="show", gallery_dir=gallery)
    before = {path: path.read_bytes() for path in gallery.rglob("*") if path.is_file()}
    written = []

    def fail_later(png: bytes, text: str) -> bytes:
        written.append(text)
        if len(written) > 90:
            raise failure
        return png

    monkeypatch.setattr(writer, "annotate", fail_later)
    expected = KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else ArtganError
    with pytest.raises(expected):
        make_exhibit(run, n=200, name="show", overwrite=taken, gallery_dir=gallery)
    assert contents(gallery) == ({"show"} if taken else set())
    assert {path: path.read_bytes() for path in gallery.rglob("*") if path.is_file()} == before


def test_a_full_disk_is_explained(run, gallery, monkeypatch):
    def full(png: bytes, text: str) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "annotate", full)
    with pytest.raises(ArtganError, match=r"No space left on device.*Free some space"):
        make_exhibit(run, n=2, gallery_dir=gallery)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
def test_the_old_exhibit_stays_if_the_disk_fails_when_they_are_exchanged(run, gallery, monkeypatch, number):
    old = make_exhibit(run, n=3, name="show", gallery_dir=gallery)
    before = image_bytes(old)
    monkeypatch.setattr(files, "exchange", failing(number))
    monkeypatch.setattr(Path, "rename", lambda *_: pytest.fail("it was renamed"))
    with pytest.raises(ArtganError, match=os.strerror(number)):
        make_exhibit(run, n=2, name="show", overwrite=True, gallery_dir=gallery)
    assert image_bytes(old) == before
    assert contents(gallery) == {"show"}


@pytest.mark.parametrize("lasting", [False, True])
def test_the_old_exhibit_comes_back_if_the_new_one_cannot_be_renamed_to_its_place(run, gallery, monkeypatch, lasting):
    old = make_exhibit(run, n=3, name="show", gallery_dir=gallery)
    before = image_bytes(old)
    monkeypatch.setattr(files, "exchange", failing(errno.ENOSYS))
    rename = Path.rename
    failed = []

    def fail(self: Path, target: Path) -> Path:
        if self.name.startswith(".unfinished-") or (lasting and failed):
            failed.append(self)
            raise OSError(5, "Input/output error")
        return rename(self, target)

    with monkeypatch.context() as patches:
        patches.setattr(Path, "rename", fail)
        with pytest.raises(ArtganError, match="Input/output error"):
            make_exhibit(run, n=2, name="show", overwrite=True, gallery_dir=gallery)
    if lasting:  # it waits under a hidden name until the disk works again
        assert "show" not in contents(gallery)
        Place(gallery, "show", "", overwrite=True)
    assert image_bytes(old) == before
    assert contents(gallery) == {"show"}


def test_a_gallery_that_is_a_file_is_explained(run, tmp_path):
    (tmp_path / "gallery").write_text("")
    with pytest.raises(UserError, match=r"is a file, but should be a folder.*--gallery-dir"):
        make_exhibit(run, n=2, gallery_dir=tmp_path / "gallery")


@pytest.mark.parametrize(
    "request_",
    [
        {"n": 0},
        {"n": 10**9},
        {"seed": -1},
        {"truncation": 0.0},
        {"scale": 0},
        {"columns": 0},
        {"curate": 0},
        {"n": 100_000, "curate": 100},
        {"labels": "each"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(run, gallery, request_):
    with pytest.raises(UserError):
        make_exhibit(run, gallery_dir=gallery, **request_)
    assert contents(gallery) == set()


def test_progress_counts_up_to_the_whole(run, gallery):
    seen = []
    make_exhibit(run, n=100, curate=2, gallery_dir=gallery, report=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (300, 300)


def test_a_model_without_scores_is_exhibited(run, gallery, monkeypatch):
    monkeypatch.setattr(run.model, "score", lambda images, labels: None)
    exhibit = make_exhibit(run, n=4, curate=3, gallery_dir=gallery)
    assert [line["score"] for line in exhibit.metadata()] == [None] * 4
