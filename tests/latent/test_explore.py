"""Main directions of variation: that they are the eigenvectors that they should be, and strips along them."""

import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from torch import nn

from artgan.api.explore import explore
from artgan.build import build_model
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.gallery import recreate
from artgan.latent.directions import find_directions
from artgan.plugins.loading import registry
from artgan.plugins.specs import ModelSpec
from artgan.sampling.sampler import Sampler
from tests.tiny_runs import TinyRun

OPTIONS = {
    "hybrid": {"latent_dim": 8},
    "hybrid-cond": {"latent_dim": 8},
    "mlp": {"hidden": (16,), "latent_dim": 8},
    "r3gan": {"width": 16, "latent_dim": 8},
}
LABELS = ("a", "b")


def directions_of(weight):
    """By the paper's equations: eigenvectors of AᵀA, the largest eigenvalue's first."""
    values, vectors = np.linalg.eigh(weight.T @ weight)
    return values[::-1] / values.sum(), vectors.T[::-1]


def test_a_latent_that_enters_a_linear_layer(model):
    shares, vectors = directions_of(model.generator["linear"].weight.detach().double().numpy())
    found = find_directions(lambda z: model.sample(z, None), torch.zeros(4, 16), model)
    assert found.layers == 1
    assert np.allclose(found.shares, shares)
    assert np.allclose(np.abs((found.vectors * vectors).sum(axis=1)), 1, atol=1e-4)
    assert all(row[np.abs(row).argmax()] > 0 for row in found.vectors)
    assert all(parameter.requires_grad for parameter in model.parameters()), "as it was"


def test_an_embedding_beside_the_latent_is_not_moved(conditional):
    labels = torch.tensor([0, 1, 2, 0])
    shares, _ = directions_of(conditional.generator["linear"].weight.detach().double().numpy())
    found = find_directions(lambda z: conditional.sample(z, labels), torch.zeros(4, 16), conditional)
    assert np.allclose(found.shares, shares)


def test_a_transposed_convolution_and_several_entrances():
    first, second = nn.ConvTranspose2d(6, 3, 4, stride=2, padding=1), nn.Linear(6, 5)
    network = nn.ModuleList([first, second])

    def draw(z):
        return first(3 * z[:, :, None, None]).tanh().mean((1, 2, 3)) + second(z).relu().sum(1)

    # Padding leaves the middle 2x2 of the 4x4 kernel, since one pixel comes in.
    entering = [3 * first.weight[:, :, 1:3, 1:3].flatten(1).t(), second.weight]
    shares, vectors = directions_of(torch.cat(entering).detach().double().numpy())
    found = find_directions(draw, torch.zeros(2, 6), network)
    assert found.layers == 2
    assert np.allclose(found.shares, shares)
    assert np.allclose(np.abs((found.vectors * vectors).sum(axis=1)), 1, atol=1e-4)


def test_what_has_no_entrance():
    network = nn.Linear(4, 4)
    assert find_directions(lambda z: z.tanh(), torch.zeros(2, 4), network) is None
    assert find_directions(torch.no_grad()(lambda z: network(2 * z)), torch.zeros(2, 4), network) is None


@pytest.mark.parametrize("name", [name for name in registry().of(ModelSpec) if ":" not in name])
def test_every_model_that_comes_with_artgan_can_be_explored(name):
    options = OPTIONS.get(name, {"width": 4, "latent_dim": 8})
    model = build_model(name, options, ImageInfo(3, 32, 32, LABELS)).eval()
    labels = torch.tensor([0, 1]) if model.conditional else None
    latents = torch.randn(2, *model.latent_shape)
    found = find_directions(lambda shifts: model.sample(latents + shifts, labels), torch.zeros_like(latents), model)
    assert found.layers >= 1
    assert found.shares[0] > found.shares[-1]


def test_a_strip_a_direction_with_the_image_itself_in_the_middle(run, model, tmp_path):
    made = explore(run, tmp_path / "a.png", directions=3, steps=5, n=2, seed=4, reach=2, scale=1)
    assert (made.moved, made.entrances, made.layers, made.frames) == ("latents", 1, None, 1)
    assert made.shares == sorted(made.shares, reverse=True)
    with Image.open(made.path) as sheet:
        pixels, said = np.asarray(sheet), json.loads(sheet.text["artgan"])
        assert "trainedAlgorithmicMedia" in sheet.text["XML:com.adobe.xmp"]
    assert pixels.shape == (6 * 30 + 2, 5 * 30 + 2)
    assert (said["kind"], said["directions"], said["reach"], said["steps"]) == ("explore", 3, 2, 5)
    strips = pixels[2:, 2:].reshape(6, 30, 5, 30)[:, :28, :, :28].transpose(0, 2, 1, 3)
    sampler = Sampler(model)
    own = sampler.sample(2, 4).numpy()[:, 0]
    latents, _ = sampler.latents(range(2), 4)
    _, vectors = directions_of(model.generator["linear"].weight.detach().double().numpy())
    for number, strip in enumerate(strips):
        direction, image = divmod(number, 2)
        assert np.array_equal(strip[2], own[image])
        ends = [latents[image] + way * vectors[direction].astype(np.float32) for way in (-2, 2)]
        drawn = sampler.render(np.stack(ends)).numpy()[:, 0].astype(int)
        found = [strip[0].astype(int), strip[4].astype(int)]
        apart = [sum(np.abs(a - b).max() for a, b in zip(found, order, strict=True)) for order in (drawn, drawn[::-1])]
        assert min(apart) <= 2, "which end is which is a matter of sign"


def test_strips_are_not_made_again_and_recreate_says_so(run, tmp_path):
    made = explore(run, tmp_path / "a.png", directions=1)
    with pytest.raises(UserError, match=r"a\.png is a grid made by `artgan explore`"):
        recreate.recreate(made.path, tmp_path / "again.png")


def test_a_film_swings_there_and_back(labelled_run, tmp_path):
    made = explore(labelled_run, tmp_path / "a.webp", directions=2, n=2, labels=["One"], scale=1)
    with Image.open(made.path) as film:
        frames = [np.asarray(frame.convert("L")).astype(int) for frame in ImageSequence.Iterator(film)]
    assert (len(frames), made.frames, made.seconds, made.size) == (48, 48, 2.0, (62, 62))
    middle, end = np.abs(frames[24] - frames[0]).mean(), np.abs(frames[12] - frames[0]).mean()
    assert middle < 3 < end


def test_styles_are_moved_where_there_are_some(tmp_path):
    torch.manual_seed(1)
    model = build_model("stylegan2", {"width": 4, "latent_dim": 8}, ImageInfo(3, 16, 16)).eval()
    run = TinyRun(tmp_path / "styled", model)
    whole = explore(run, tmp_path / "a.png", directions=2)
    fine = explore(run, tmp_path / "b.png", directions=2, layers="fine")
    assert (whole.moved, whole.layers, fine.layers) == ("styles", [0, 1, 2, 3], [3])
    synthesis = model.generator.synthesis
    # The last style is that of what paints the picture.
    shares, _ = directions_of(synthesis.paint[-1].affine.weight.detach().double().numpy())
    assert np.allclose(fine.shares, shares[:2])
    # One more draws the smallest planes.
    assert whole.entrances == 1 + len(synthesis.styled) + len(synthesis.paint)
    assert whole.path.read_bytes() != fine.path.read_bytes()


@pytest.mark.parametrize(
    ("name", "request_", "message"),
    [
        ("a.jpg", {}, r"must end in \.png, \.webp, \.gif, \.mp4"),
        ("a.png", {"directions": 17}, "--directions must be at most 16"),
        ("a.png", {"directions": 0}, "--directions must be at least 1, not 0"),
        ("a.png", {"reach": 0}, "--range must be greater than 0 and at most 100, not 0"),
        ("a.png", {"layers": "fine"}, "tiny-001 has no styles"),
        ("a.png", {"labels": ["One"]}, "unconditional"),
    ],
)
def test_requests_that_cannot_be_met(run, tmp_path, name, request_, message):
    with pytest.raises(UserError, match=message):
        explore(run, tmp_path / name, **request_)
    assert not list(tmp_path.glob("a.*"))
