"""Grids in which styles of images are mixed, layer by layer."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgan.api.mix import mix
from artgan.build import build_model
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.latent.style_layers import models_with_styles, parse_layers
from artgan.sampling.sampler import Sampler
from tests.tiny_runs import TinyRun

LABELS = ("sun", "moon")


@pytest.fixture(scope="module")
def styled():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return build_model("stylegan2-cond", {"width": 4, "latent_dim": 8}, ImageInfo(3, 16, 16, LABELS)).eval()


@pytest.fixture
def styled_run(styled, tmp_path: Path) -> TinyRun:
    return TinyRun(tmp_path / "runs" / "styled-001", styled)


def cells(path: Path, rows: int, columns: int):
    """The 16x16 pictures of a grid at scale 1; the first row and column stand 4 pixels further off."""
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet)

    def start(place: int) -> int:
        return 2 + 18 * place + (4 if place else 0)

    return [
        [pixels[start(y) : start(y) + 16, start(x) : start(x) + 16].astype(int) for x in range(columns + 1)]
        for y in range(rows + 1)
    ]


@pytest.mark.parametrize("layers", ["coarse", "fine", "all", "1,3"])
def test_each_place_has_those_layers_of_its_column_and_the_others_of_its_row(styled_run, styled, tmp_path, layers):
    made = mix(styled_run, tmp_path / "a.png", rows=2, columns=3, seed=5, layers=layers, labels=["moon"], scale=1)
    grid = cells(made.path, 2, 3)
    images = Sampler(styled).sample(5, 5, ["moon"]).permute(0, 2, 3, 1).numpy()
    latents, labels = Sampler(styled).latents(range(5), 5, ["moon"])
    with torch.no_grad():
        styles = styled.styles(torch.from_numpy(latents), torch.from_numpy(labels))
    for row in range(2):
        assert np.array_equal(grid[1 + row][0], images[row])
        for column in range(3):
            assert np.array_equal(grid[0][1 + column], images[2 + column])
            mixed = styles[row : row + 1].clone()
            mixed[:, made.layers] = styles[2 + column, made.layers]
            with torch.no_grad():
                wanted = (styled.synthesise(mixed)[0].permute(1, 2, 0).numpy() + 1) * 127.5
            assert np.abs(grid[1 + row][1 + column] - wanted).max() <= 1
    assert not grid[0][0].std(), "the corner is empty"


def test_the_picture_says_what_it_is(styled_run, tmp_path):
    made = mix(
        styled_run, tmp_path / "a.png", row_seeds=[7, 8], column_seeds=[9], labels="each", truncation=0.5, layers="0-1"
    )
    assert (made.rows, made.columns, made.layers, made.of) == (2, 1, [0, 1], 4)
    with Image.open(made.path) as picture:
        assert picture.size == made.size
        said = json.loads(picture.text["artgan"])
        assert "trainedAlgorithmicMedia" in picture.text["XML:com.adobe.xmp"]
    assert said["kind"] == "mix"
    assert said["rows"] == [{"seed": 7, "index": 0, "label": 0}, {"seed": 8, "index": 0, "label": 1}]
    assert said["columns"] == [{"seed": 9, "index": 0, "label": 0}]
    assert (said["run"], said["truncation"], len(said["checkpoint_sha256"])) == ("tiny-001", 0.5, 64)


@pytest.mark.parametrize(
    ("text", "count", "found"),
    [
        ("coarse", 6, [0, 1]),
        ("Middle", 6, [2, 3]),
        ("fine", 6, [4, 5]),
        ("middle", 2, [1]),
        ("all", 3, [0, 1, 2]),
        ("0-2, 5", 6, [0, 1, 2, 5]),
    ],
)
def test_layers_in_words_and_numbers(text, count, found):
    assert parse_layers(text, count) == found


@pytest.mark.parametrize("count", [2, 3, 5, 14])
def test_every_part_has_a_layer_and_every_layer_is_in_a_part(count):
    parts = [parse_layers(part, count) for part in ("coarse", "middle", "fine")]
    assert all(parts)
    assert sorted({layer for part in parts for layer in part}) == list(range(count))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"layers": "corse"}, "--layers must be coarse, middle, fine, all, or numbers such as 0-2 or 0,1,5, not corse"),
        ({"layers": "2-9"}, r"no layer 2-9; this model has layers 0 \(coarse\) to 3"),
        ({"rows": 0}, "--rows must be at least 1, not 0"),
        ({"labels": ["sum"]}, "Did you mean 'sun'"),
        ({"scale": 0}, "--scale must be between 1 and 64, not 0"),
        ({"rows": 60, "columns": 60, "scale": 64}, "too many for one picture"),
    ],
)
def test_requests_that_cannot_be_met(styled_run, tmp_path, request_, message):
    with pytest.raises(UserError, match=message):
        mix(styled_run, tmp_path / "a.png", **request_)
    assert not list(tmp_path.glob("*.png"))


def test_models_without_styles_are_refused_and_those_with_some_named(run, tmp_path):
    assert {"stylegan2", "stylegan2-cond"} <= set(models_with_styles())
    assert "dcgan" not in models_with_styles()
    with pytest.raises(
        UserError, match=r"tiny-001 has no styles, since its model is tiny\. .*stylegan2 and stylegan2-cond have them"
    ):
        mix(run, tmp_path / "a.png")
    with pytest.raises(UserError, match=r"a\.jpg should end in \.png"):
        mix(run, tmp_path / "a.jpg")
