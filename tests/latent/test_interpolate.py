"""Videos from image to image."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

from artgan.api.interpolate import interpolate
from artgan.errors import UserError
from artgan.latent.interpolate import slerp
from artgan.sampling.sampler import Sampler


def frames(path):
    with Image.open(path) as film:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)], film.info


def test_a_film_goes_through_the_images_of_a_seed_and_back(run, model, tmp_path):
    film = interpolate(run, tmp_path / "a.webp", n=3, seed=5, frames=4, fps=20, scale=2)
    shown, info = frames(film.path)
    assert (film.frames, film.seconds, film.size) == (12, 0.6, (56, 56))
    assert len(shown) == 12
    assert info["loop"] == 0
    assert b"trainedAlgorithmicMedia" in film.path.read_bytes()
    keys = Sampler(model).sample(3, 5).numpy()[:, 0].repeat(2, 1).repeat(2, 2)
    for number in range(3):
        difference = np.abs(shown[4 * number][..., 0].astype(int) - keys[number])
        assert difference.mean() < 6, "lossy, but the same picture"
    assert np.abs(shown[11].astype(int) - shown[0]).mean() < np.abs(shown[4].astype(int) - shown[0]).mean()


def test_seeds_gif_and_an_end(run, tmp_path):
    film = interpolate(run, tmp_path / "a.gif", seeds=[7, 8], frames=3, loop=False, way="linear")
    assert film.frames == 4
    assert film.size == (252, 252)
    assert film.path.read_bytes().startswith(b"GIF89a")
    assert b"NETSCAPE2.0" not in film.path.read_bytes(), "which would say how often it is played again"


def test_labels_in_turn(labelled_run, conditional, tmp_path):
    film = interpolate(labelled_run, tmp_path / "a.webp", seeds=[4, 4], labels=["One", "Zero"], frames=1, scale=1)
    shown, _ = frames(film.path)
    wanted = [Sampler(conditional).sample(1, 4, [name]).numpy()[0, 0] for name in ("One", "Zero")]
    for number, image in zip((0, 1), wanted, strict=True):
        assert np.abs(shown[number][..., 0].astype(int) - image).mean() < 6


def test_mp4(make_run, tmp_path):
    av = pytest.importorskip("av")
    film = interpolate(make_run(4, 32, 32), tmp_path / "a.mp4", n=2, frames=5, fps=10)
    with av.open(str(film.path)) as opened:
        stream = opened.streams.video[0]
        assert sum(1 for _ in opened.decode(stream)) == 10
        assert (stream.width, stream.height, float(stream.average_rate)) == (256, 256, 10)


def test_latents_that_are_rendered_are_the_images_that_are_drawn(labelled_run, conditional):
    sampler = Sampler(conditional)
    latents, labels = sampler.latents([3, 70], 9)
    assert (sampler.render(latents, labels) == sampler.images([3, 70], 9)).all()


def test_an_arc_keeps_the_length():
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 64))
    assert np.linalg.norm(slerp(one, one[::-1].copy(), 0.5)) == pytest.approx(np.linalg.norm(one))
    assert np.allclose(slerp(one, other, 0), one)
    assert np.allclose(slerp(one, other, 1), other)
    assert np.isfinite(slerp(one, -one, 0.5)).all()


@pytest.mark.parametrize(
    ("name", "request_", "message"),
    [
        ("a.avi", {}, r"Unknown video format '\.avi': use \.webp, \.gif or \.mp4"),
        ("a.webp", {"n": 1}, "at least 2 images"),
        ("a.webp", {"fps": 0}, "must be between 1 and 120 for .webp, not 0"),
        ("a.webp", {"frames": 9999}, "too many"),
        ("a.gif", {"fps": 60}, "must be between 1 and 50 for .gif, not 60"),
        ("a.webp", {"scale": 0}, "--scale must be between 1 and 64, not 0"),
    ],
)
def test_requests_that_cannot_be_met(run, tmp_path, name, request_, message):
    with pytest.raises(UserError, match=message):
        interpolate(run, tmp_path / name, **request_)
    assert not list(tmp_path.glob("a.*"))


def test_where_nothing_can_be_written_is_told_before_anything_is_drawn(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "load", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file is a file, but should be a folder"):
        interpolate(run, tmp_path / "file" / "a.webp")
    (tmp_path / "a.webp").mkdir()
    with pytest.raises(UserError, match=r"a\.webp is a folder: name a file"):
        interpolate(run, tmp_path / "a.webp")
