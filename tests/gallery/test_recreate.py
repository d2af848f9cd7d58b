"""Pictures say who made them, in XMP, and how they were made, so that they can be made again."""

import io

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.api.gallery import gallery as make_exhibit
from artgan.errors import ArtganError, UserError
from artgan.gallery import recreate
from artgan.imaging import png

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.fixture
def again(monkeypatch, tmp_path):
    """Recreates a picture with a run; returns the file."""

    def make(run, image):
        monkeypatch.setattr(recreate, "find_folder", lambda name, runs_dir: run)
        return recreate.recreate(image, tmp_path / "again.png").path

    return make


def test_every_picture_says_in_xmp_that_a_machine_made_it(run, tmp_path):
    pyexiv2 = pytest.importorskip("pyexiv2")
    exhibit = make_exhibit(run, n=3, gallery_dir=tmp_path)
    for path in (*exhibit.images, exhibit.sheet):
        image = pyexiv2.Image(str(path))
        assert image.read_xmp()["Xmp.iptcExt.DigitalSourceType"] == SOURCE_TYPE
        image.close()
    with Image.open(exhibit.images[0]) as image:
        assert SOURCE_TYPE in image.info["XML:com.adobe.xmp"]
        assert "seed" in image.text["artgan"]


@pytest.mark.parametrize("request_", [{}, {"scale": 3, "truncation": 0.7}, {"curate": 4}])
def test_pictures_are_made_again_to_the_last_byte(run, again, tmp_path, request_):
    exhibit = make_exhibit(run, n=5, seed=3, gallery_dir=tmp_path, **request_)
    for path in exhibit.images[::2]:
        assert again(run, path).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("labels", [None, ["One"], "each"])
def test_so_are_pictures_of_labels(labelled_run, again, tmp_path, labels):
    exhibit = make_exhibit(labelled_run, n=70, labels=labels, gallery_dir=tmp_path)
    for path in exhibit.images[::23]:
        assert again(labelled_run, path).read_bytes() == path.read_bytes()


def test_what_is_written_is_called_a_png(run, tmp_path):
    with pytest.raises(UserError, match=r"x\.jpg should end in \.png"):
        recreate.recreate(tmp_path / "any.png", tmp_path / "x.jpg")


def test_what_is_missing_is_said(run, again, tmp_path):
    path = make_exhibit(run, n=1, gallery_dir=tmp_path).images[0]
    plain = tmp_path / "plain.png"
    Image.new("L", (28, 28)).save(plain)
    with pytest.raises(UserError, match="has no metadata of artgan"):
        again(run, plain)
    plain.write_bytes(png.annotate(png.encode(np.zeros((28, 28, 1), np.uint8)), '{"seed": 3, "run": "a"}'))
    with pytest.raises(UserError, match="is missing checkpoint, checkpoint_sha256, index, truncation, scale"):
        again(run, plain)
    (run.path / "checkpoints" / "step-00000012.safetensors").write_bytes(b"others")
    with pytest.raises(UserError, match=r"no longer has the checkpoint .*step-00000012.*SHA-256.*it has: step"):
        again(run, path)
    assert not (tmp_path / "again.png").exists()


def test_the_checkpoint_of_an_exhibit_stays_when_later_ones_take_its_place(tmp_path):
    values = {"model": "mlp", "options": {"hidden": "8"}, "data_options": {"images": 64}, "batch_size": 8}
    run = artgan.train(**values, data="glyphs", steps=2, keep_checkpoints=1, gallery=False, runs_dir=tmp_path / "runs")
    picture = run.gallery(n=1, gallery_dir=tmp_path / "gallery").images[0]
    resumed = artgan.resume(run, steps=4, gallery=False)
    assert [path.name for path in resumed.checkpoints()] == ["step-00000004.safetensors"]
    made = recreate.recreate(picture, tmp_path / "again.png", runs_dir=run.path.parent)
    assert made.path.read_bytes() == picture.read_bytes()
    held = [path for path in (run.path / "checkpoints").iterdir() if path.name.startswith("exhibited-")]
    assert len(held) == 1


def test_a_picture_that_was_edited_is_not_taken_for_the_same(run, again, tmp_path):
    path = make_exhibit(run, n=1, gallery_dir=tmp_path).images[0]
    chunks = png.annotations(path.read_bytes())
    pixels = np.asarray(Image.open(io.BytesIO(path.read_bytes()))).copy()
    pixels[3, 3] ^= 64
    path.write_bytes(png.insert(png.encode(pixels[..., None]), chunks))
    with pytest.raises(ArtganError, match=r"0\.1% of its values differ, by at most 64 of 255"):
        again(run, path)


def test_a_checkpoint_under_another_name_will_do(run, again, tmp_path):
    path = make_exhibit(run, n=1, gallery_dir=tmp_path).images[0]
    folder = run.path / "checkpoints"
    (folder / "step-00000012.safetensors").rename(folder / "best.safetensors")
    assert again(run, path).read_bytes() == path.read_bytes()
