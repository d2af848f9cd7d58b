"""What a user gets from an evaluation."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

import artgan
from artgan.errors import ArtganError, UserError

REAL = {"against": "glyphs", "data_options": {"images": 400}}


def test_a_run_gets_figures_with_their_extractor_and_real_images_beside_them(run):
    found = artgan.evaluate(run, n=200)
    record = found.record
    assert {figure.name for figure in found.figures} >= {
        *("fid", "kid", "is", "precision", "recall", "density", "coverage")
    }
    assert record["of"] == {"run": run.name, "checkpoint": run.checkpoint().name, "step": 20, "seed": 0}
    assert record["images"] == 200
    assert record["against"]["name"] == "held-out images of glyphs"
    assert "% accurate on 40 held-out images" in record["extractor"]["name"]
    by_name = {figure.name: figure for figure in found.figures}
    # A few steps of training make noise, and real digits are digits.
    assert by_name["fid"].value > 5 * by_name["fid"].real
    assert by_name["coverage"].value < by_name["coverage"].real
    assert by_name["fid"].higher_is_better is False
    assert by_name["recall"].higher_is_better is True
    assert any("200 images are few" in note for note in record["notes"])
    assert found.near_copies == 0
    with Image.open(run.path / "near-copies.png") as picture:
        assert picture.width > 300

    again = artgan.evaluate(run, n=200, metrics=["fid"], copies=False)
    assert again["fid"] == found["fid"]
    assert again.near_copies is None
    kept = json.loads((run.path / "evaluation.json").read_text())["evaluations"]
    assert [len(entry["figures"]) for entry in kept[-2:]] == [len(found.figures), 1]
    assert kept[-2] == json.loads(json.dumps(record))
    assert not list(run.path.rglob("*.tmp"))


def test_an_exhibit_of_the_same_images_gets_the_same_figures(run, tmp_path):
    exhibit = run.gallery(n=64, scale=2, gallery_dir=tmp_path)
    one = artgan.evaluate(run, n=64, metrics=["fid"], copies=False)
    other = artgan.evaluate(
        exhibit.name, n=64, metrics=["fid"], copies=False, gallery_dir=tmp_path, runs_dir=run.path.parent
    )
    assert other["fid"] == pytest.approx(one["fid"], rel=1e-6)
    assert other.folder == exhibit.path
    assert (exhibit.path / "evaluation.json").is_file()
    assert [line["file_name"] for line in exhibit.metadata()]
    curated = run.gallery(n=8, curate=2, gallery_dir=tmp_path, name="best")
    found = artgan.evaluate(curated, metrics=["fid"], copies=False, runs_dir=run.path.parent)
    assert any("curated" in note for note in found.record["notes"])


def test_training_images_in_a_folder_are_found_to_be_copies(pictures, pixels, digits, run):
    folder = pictures("copied", pixels[:50], digits.labels[:50])
    found = artgan.evaluate(folder, metrics=["fid"], **REAL)
    assert found.near_copies == 50
    assert found.folder is None
    assert not (folder / "evaluation.json").exists()
    # Sub-folders named like labels say what the pictures should be.
    assert found.agreement > 0.6
    with pytest.raises(UserError, match="--against"):
        artgan.evaluate(folder)


def test_pictures_of_another_size_are_brought_to_the_real_ones_and_noted(pictures):
    folder = pictures("large", torch.randint(0, 255, (4, 1, 56, 56), dtype=torch.uint8))
    found = artgan.evaluate(folder, metrics=["fid"], copies=False, **REAL)
    assert any("4 of 4 images had a different size" in note for note in found.record["notes"])


def test_held_out_images_score_better_than_noise_in_every_metric(pixels):
    names = ["fid", "kid", "is", "precision", "recall", "density", "coverage"]
    noise = torch.randint(0, 255, pixels.shape, generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    real, random = (artgan.evaluate(images, metrics=names, copies=False, **REAL) for images in (pixels, noise))
    for one, other in zip(real.figures, random.figures, strict=True):
        if one.higher_is_better is not None:
            better = one.value > other.value if one.higher_is_better else one.value < other.value
            assert better, one.name


def test_a_conditional_model_is_asked_for_all_labels_alike(conditional_run, pixels, digits):
    found = artgan.evaluate(conditional_run, n=100, metrics=["fid"], copies=False)
    agreement = found.record["agreement"]
    assert set(agreement["by_label"]) == set("0123456789")
    assert 0 <= found.agreement < 0.7
    assert agreement["overall"] == pytest.approx(np.mean(list(agreement["by_label"].values())), abs=1e-4)
    labels = np.array(digits.labels)
    right = artgan.evaluate(pixels, labels=labels, metrics=["fid"], copies=False, **REAL)
    wrong = artgan.evaluate(pixels, labels=(labels + 1) % 10, metrics=["fid"], copies=False, **REAL)
    assert right.agreement > 0.8
    assert wrong.agreement < 0.2
    # Random features know no labels; a classifier is asked all the same.
    other = artgan.evaluate(pixels, labels=labels, metrics=["fid"], features="random", copies=False, **REAL)
    assert other.agreement == right.agreement
    assert other.record["extractor"]["kind"] == "random"
    assert "classifier" in other.record["agreement"]["classifier"]


def test_images_without_labels_are_compared_by_random_features(pictures, pixels):
    folder = pictures("unlabelled", pixels[:100])
    options = {"labels": "none"}
    found = artgan.evaluate(pixels[100:150], against=folder, data_options=options, copies=False)
    assert "random convolutions" in found.record["extractor"]["name"]
    assert found.record["against"]["name"] == "training images of unlabelled"
    assert found.record["real"]["images"] == 50
    assert "is" not in {figure.name for figure in found.figures}
    assert any(note.startswith("is needs class probabilities") for note in found.record["notes"])
    with pytest.raises(UserError, match="is needs class probabilities"):
        artgan.evaluate(pixels[:50], against=folder, data_options=options, metrics=["is"])
    with pytest.raises(UserError, match="--features random"):
        artgan.evaluate(pixels[:50], against=folder, data_options=options, features="classifier")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"metrics": ["fit"]}, "No metric is called 'fit'. Did you mean 'fid'"),
        ({"features": "inceptoin"}, "Did you mean 'inception'"),
        ({"n": 1}, "--n must be between 2 and 100,000, not 1"),
        ({"against": "mnits"}, "Did you mean 'mnist'"),
        ({"seed": -1}, r"--seed must be between 0 and 2\^63 - 1, not -1"),
        ({"against": "mosaic", "data_options": {"images": 10}}, "only images of the same shape can be compared"),
    ],
)
def test_what_is_wrong_is_told(run, what, message):
    with pytest.raises(UserError, match=message):
        artgan.evaluate(run, **what)


def test_images_of_a_wrong_shape_or_type_are_refused(pixels):
    for images in (pixels.float(), pixels[:, :, :20]):
        with pytest.raises(UserError, match=r"must be uint8 of shape \(N, 1, 28, 28\)"):
            artgan.evaluate(images, **REAL)
    with pytest.raises(UserError, match="labels must be"):
        artgan.evaluate(pixels[:4], labels=[0, 1, 2, 99], **REAL)


def test_a_damaged_history_is_not_overwritten(run, tmp_path):
    (tmp_path / "evaluation.json").write_text("{")
    from artgan.metrics import history

    with pytest.raises(ArtganError, match="move it away"):
        history.append(tmp_path, {})
    assert (tmp_path / "evaluation.json").read_text() == "{"


def test_a_metric_that_fails_is_named(run, monkeypatch):
    from artgan_plugins.metrics.frechet import FID

    monkeypatch.setattr(FID, "compute", lambda self, real, generated: {"fid": float("nan")})
    with pytest.raises(ArtganError, match=r"metric 'fid' .* returned"):
        artgan.evaluate(run, n=20, metrics=["fid"], copies=False)
    monkeypatch.setattr(FID, "compute", lambda self, real, generated: 1 / 0)
    with pytest.raises(ArtganError, match=r"metric 'fid' \(plugin .* failed: ZeroDivisionError"):
        artgan.evaluate(run, n=20, metrics=["fid"], copies=False)
