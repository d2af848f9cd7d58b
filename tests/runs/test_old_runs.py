"""Runs that released versions made open: they are listed, make the pictures that they made then, and go on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.api.run import list_runs
from artgan.runs.checkpoint_file import load_progress

OLD = Path(__file__).parent / "old"
VERSIONS = sorted(path.name for path in OLD.iterdir() if path.is_dir())


@pytest.fixture(params=VERSIONS)
def old(request, tmp_path) -> artgan.Run:
    """A copy of the run of a version."""
    shutil.copytree(OLD / request.param, tmp_path / "runs" / request.param)
    return artgan.find_run(request.param, tmp_path / "runs")


def test_it_is_listed_with_what_became_of_it(old):
    (listed,) = list_runs(old.path.parent)
    assert (listed.name, listed.status) == (old.name, "finished")
    assert listed.record["progress"]["step"] == 12
    assert f"artgan-{listed.record['versions']['artgan']}" == old.name


def test_it_makes_the_same_pictures(old):
    with Image.open(OLD / f"{old.name}.png") as picture:
        expected = np.asarray(picture).reshape(4, 8, 4, 8).transpose(0, 2, 1, 3).reshape(16, 8, 8)
    made = old.sample(16, seed=3)[:, 0].numpy()
    # Processors differ in the last bit of a sum, which may be the next shade of grey.
    assert np.abs(made.astype(int) - expected).max() <= 1


def test_it_goes_on(old):
    again = artgan.resume(old, steps=16, gallery=False)
    assert again.status == "finished"
    assert load_progress(again.checkpoint()).step == 16
    assert again.sample(1).shape == (1, 1, 8, 8)
