"""The latent nearest to a picture, and what can be done with it."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from artgan.api.interpolate import interpolate
from artgan.api.project import project as project_image
from artgan.data.dataset import ImageInfo
from artgan.data.preprocess_like import preprocess_like
from artgan.errors import ArtganError, UserError
from artgan.gallery import recreate
from artgan.latent.distance import distance, pyramid
from artgan.sampling.sampler import Sampler
from tests.tiny_runs import Tiny, TinyRun

FEW = {"starts": 4, "candidates": 64, "steps": 150}


def project(run, image, out=None, **values):
    return project_image(image, run, out=out, **values)


@pytest.fixture
def picture(tmp_path, model):
    """A picture that the model can make."""
    path = tmp_path / "mine.png"
    Image.fromarray(Sampler(model).sample(1, 99)[0, 0].numpy()).save(path)
    return path


def test_what_the_model_can_make_is_found(run, picture, tmp_path):
    steps = []
    found = project(run, picture, tmp_path / "found", report=lambda done, total: steps.append((done, total)), **FEW)
    assert found.distance < 0.15 * found.best_random_distance < found.best_random_distance < found.random_distance
    assert (found.candidates, found.label, steps[-1]) == (64, None, (150, 150))
    assert sorted(path.name for path in found.folder.iterdir()) == ["latent.json", "nearest.png", "progress.png"]
    with Image.open(found.folder / "nearest.png") as nearest, Image.open(picture) as mine:
        assert np.abs(np.asarray(nearest, int) - np.asarray(mine, int)).mean() < 12
        said = json.loads(nearest.text["artgan"])
        assert "trainedAlgorithmicMedia" in nearest.text["XML:com.adobe.xmp"]
    assert said == json.loads((found.folder / "latent.json").read_text())
    assert (said["kind"], said["picture"], said["distance"]) == ("project", "mine.png", round(found.distance, 6))
    assert np.linalg.norm(said["latent"]) <= 16**0.5 + 2 + 1e-4
    assert not list(tmp_path.glob(".*")), "nothing is left beside it"


def test_the_way_there_begins_with_the_picture_the_nearest_and_a_random_one(run, model, picture, tmp_path):
    found = project(run, picture, tmp_path / "found", **{**FEW, "starts": 1, "steps": 30})
    with Image.open(found.folder / "progress.png") as sheet:
        pixels, said = np.asarray(sheet), json.loads(sheet.text["artgan"])
    assert said["kind"] == "project"
    scale = pixels.shape[0] // 32
    strip = pixels[::scale, ::scale][2:30, 2:].reshape(28, 6, 30)[:, :, :28].transpose(1, 0, 2)
    with Image.open(picture) as mine, Image.open(found.folder / "nearest.png") as nearest:
        assert np.array_equal(strip[0], mine)
        assert np.array_equal(strip[1], nearest)
    randoms = Sampler(model).sample(64, 0)
    target = torch.from_numpy(np.asarray(strip[0]).copy())[None, None] / 127.5 - 1
    apart = distance(randoms / 127.5 - 1, target)
    assert np.array_equal(strip[2], randoms[int(apart.argmin()), 0])
    assert found.random_distance == pytest.approx(float(apart.mean()), abs=0.01)


def test_the_same_seed_finds_the_same(run, picture, tmp_path):
    few = {"starts": 2, "candidates": 16, "steps": 10}
    one, two, other = (
        project(run, picture, tmp_path / name, seed=seed, **few).folder for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in ("nearest.png", "progress.png"))
    assert (one / "latent.json").read_bytes() != (other / "latent.json").read_bytes()


def test_the_label_is_found_or_given(labelled_run, conditional, tmp_path):
    Image.fromarray(Sampler(conditional).sample(1, 99, ["One"])[0, 0].numpy()).save(tmp_path / "one.png")
    found = project(labelled_run, tmp_path / "one.png", tmp_path / "a", **FEW)
    given = project(labelled_run, tmp_path / "one.png", tmp_path / "b", label="zero", **{**FEW, "steps": 5})
    assert found.distance < 0.3 * found.best_random_distance
    assert given.label == (0, "Zero")
    assert json.loads((given.folder / "latent.json").read_text())["label_name"] == "Zero"


def test_it_is_made_again_and_gone_through(labelled_run, conditional, tmp_path, monkeypatch):
    for number, label in enumerate(("Zero", "One")):
        Image.fromarray(Sampler(conditional).sample(1, number, [label])[0, 0].numpy()).save(tmp_path / f"{number}.png")
        project(labelled_run, tmp_path / f"{number}.png", tmp_path / label, scale=2, truncation=0.8, label=label, **FEW)
    monkeypatch.setattr(recreate, "find_folder", lambda name, runs_dir: labelled_run)
    nearest = tmp_path / "One" / "nearest.png"
    again = recreate.recreate(nearest, tmp_path / "again.png")
    assert again.path.read_bytes() == nearest.read_bytes()
    film = interpolate(
        labelled_run,
        tmp_path / "a.webp",
        through=[tmp_path / "Zero" / "latent.json", nearest],
        frames=1,
        truncation=0.8,
        scale=2,
    )
    with Image.open(film.path) as shown, Image.open(nearest) as still:
        shown.seek(1)
        assert np.abs(np.asarray(shown.convert("L"), int) - np.asarray(still, int)).mean() < 6
    (labelled_run.path / "checkpoints" / "step-00000012.safetensors").write_bytes(b"others")
    with pytest.warns(UserWarning, match=r"latent\.json was found with another checkpoint"):
        interpolate(labelled_run, tmp_path / "b.webp", through=[tmp_path / "Zero" / "latent.json"] * 2, frames=1)


def test_files_that_hold_no_latent(run, picture, tmp_path):
    (tmp_path / "odd.json").write_text('{"latent": [1, 2, "x"]}')
    (tmp_path / "short.json").write_text('{"latent": [1, 2, 3]}')
    for name, message in (
        ("mine.png", "mine.png holds no latent"),
        ("odd.json", "odd.json holds no latent"),
        ("short.json", r"shape \(3,\), and this model's have \(16,\)"),
        ("none.json", "none.json isn't there"),
    ):
        with pytest.raises(UserError, match=message):
            interpolate(run, tmp_path / "a.webp", through=[tmp_path / name] * 2)
    with pytest.raises(UserError, match="leave out --seeds and --label"):
        interpolate(run, tmp_path / "a.webp", through=["a", "b"], seeds=[1, 2])
    assert not (tmp_path / "a.webp").exists()


def test_pictures_are_prepared_as_the_runs_data_were(tmp_path):
    info = ImageInfo(4, 16, 16)
    run = TinyRun(tmp_path / "tiny", Tiny(info))
    tall = Image.new("RGBA", (8, 16), (200, 0, 0, 255))
    tall.save(tmp_path / "tall.png")
    options = {"fit": "pad", "resampling": "pixels", "background": None, "split": "odd"}
    padded = preprocess_like(run.image_info(), options, tmp_path / "tall.png")
    assert padded.shape == (16, 16, 4)
    assert padded[:, :4].max() == 0
    assert (padded[:, 4:12] == (200, 0, 0, 255)).all()
    odd = {"fit": 3, "size": "odd"}
    assert preprocess_like(run.image_info(), odd, tmp_path / "tall.png")[..., 0].min() == 200, (
        "cropped, if nothing sensible is known"
    )
    assert preprocess_like(ImageInfo(1, 12, 20), {}, tmp_path / "tall.png").shape == (12, 20, 1)


def test_distances_see_shapes_at_every_size():
    black, white = -torch.ones(1, 1, 28, 28), torch.ones(1, 1, 28, 28)
    assert distance(black, black).item() == 0
    assert distance(black, white).item() == pytest.approx(2, abs=1e-4)
    assert [tuple(level.shape[2:]) for level in pyramid(black)] == [(28, 28), (14, 14), (7, 7)]
    line, near, far = (black.clone() for _ in range(3))
    for image, column in ((line, 8), (near, 9), (far, 22)):
        image[..., 4:24, column] = 1
    assert distance(line, near) < 0.8 * distance(line, far), "pixels alone can't tell"
    assert (line - near).abs().mean() == (line - far).abs().mean()
    clear = torch.rand(2, 4, 16, 16) * 2 - 1
    clear[:, 3] = -1
    assert distance(clear[:1], clear[1:]).item() == pytest.approx(0, abs=1e-6), "colours of nothing don't count"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"starts": 0}, "--starts must be between 1 and 1024, not 0"),
        ({"candidates": 4}, "--candidates must be at least --starts .8., not 4"),
        ({"steps": -1}, "--steps must be between 0 and 100,000, not -1"),
        ({"label": "One"}, "unconditional"),
        ({"seed": -1}, "--seed must be between 0 and .*, not -1"),
        ({"truncation": 2.0}, "--truncation must be greater than 0 and at most 1, not 2.0"),
    ],
)
def test_requests_that_cannot_be_met(run, picture, tmp_path, request_, message):
    with pytest.raises(UserError, match=message):
        project(run, picture, tmp_path / "found", **request_)
    assert not (tmp_path / "found").exists()


def test_pictures_and_folders_that_cannot_be(run, picture, tmp_path, monkeypatch):
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(picture.read_bytes()[:-90])
    for name, message in (("none.png", "doesn't exist"), ("text.png", "isn't a picture"), ("cut.png", "can't be read")):
        with pytest.raises(UserError, match=message):
            project(run, tmp_path / name, tmp_path / "found")
    with pytest.raises(UserError, match="already exists"):
        project(run, picture, tmp_path)
    monkeypatch.chdir(tmp_path)
    few = {"starts": 1, "candidates": 1, "steps": 0}
    names = [project(run, picture, **few).folder.name for _ in range(2)]
    assert names == ["mine-projected", "mine-projected-2"]


def test_a_model_without_gradients_is_told_so(run, model, picture, tmp_path, monkeypatch):
    monkeypatch.setattr(model, "sample", torch.no_grad()(model.sample))
    with pytest.raises(ArtganError, match=r"Tiny\.sample\(\) doesn't let gradients through"):
        project(run, picture, tmp_path / "found")
    assert not list(tmp_path.glob("*found*"))
