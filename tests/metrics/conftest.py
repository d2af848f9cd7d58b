"""A small data set, and runs that learnt a little from it."""

from pathlib import Path

import numpy as np
import pytest
import torch

import artgan
from artgan import build
from artgan.config import make_config
from artgan.data.prepare import Prepared, prepare

IMAGES = 400


@pytest.fixture(scope="session")
def digits() -> Prepared:
    """400 drawn digits."""
    dataset = build.open_dataset(make_config({"data": "glyphs", "data_options": {"images": IMAGES}}), Path())
    return prepare(dataset, "glyphs")


@pytest.fixture(scope="session")
def pixels(digits):
    """Some of them, as a tensor (N, 1, 28, 28) uint8."""
    return torch.from_numpy(np.array(digits.images)).permute(0, 3, 1, 2)


def _train(folder: Path, **values):
    settings = {
        "data": "glyphs",
        "data_options": {"images": IMAGES},
        "runs_dir": folder / "runs",
        "gallery": False,
        "steps": 20,
    }
    return artgan.train(**{**settings, **values})


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    return _train(tmp_path_factory.mktemp("plain"), model="mlp", options={"hidden": "64", "latent_dim": 16})


@pytest.fixture(scope="session")
def conditional_run(tmp_path_factory):
    return _train(tmp_path_factory.mktemp("conditional"), model="cgan", options={"width": 4})


@pytest.fixture
def pictures(tmp_path, pixels):
    """Writes images as PNG files into a folder, and returns it."""
    from PIL import Image

    def write(name, images, labels=None):
        for number, image in enumerate(images):
            folder = tmp_path / name / ("" if labels is None else str(labels[number]))
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[0].numpy()).save(folder / f"{number:04d}.png")
        return tmp_path / name

    return write
