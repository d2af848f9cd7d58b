"""Runs that earlier versions made: they are listed, make the images that they made then, and continue.

``old/README.md`` says how they were made.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import artgan
from artgan.api.run import list_runs
from artgan.runs.checkpoint_file import load_progress

OLD = Path(__file__).parent / "old"
# By name: what became of each, and its last checkpoint's step.
RUNS = {
    "artgan-0.1.0": ("finished", 12),
    "artgan-0.1.0+b6f2026": ("finished", 12),
    "artgan-0.1.0+ceef4f6": ("interrupted", 0),
    "artgan-0.1.0+88d8908": ("finished", 12),
    "artgan-0.1.0+c13826d-from": ("finished", 600),
    "artgan-0.1.0+c13826d-blend": ("blended", 0),
    "artgan-0.1.0+bc19aa7": ("collapsed", 530),
}


def test_no_old_run_is_left_out():
    assert sorted(RUNS) == sorted(path.name for path in OLD.iterdir() if path.is_dir())


@pytest.fixture(params=RUNS)
def old(request, tmp_path) -> artgan.Run:
    """A copy of the run of a version."""
    shutil.copytree(OLD / request.param, tmp_path / "runs" / request.param)
    return artgan.find_run(request.param, tmp_path / "runs")


def test_it_is_listed_with_what_became_of_it(old):
    (listed,) = list_runs(old.path.parent)
    status, step = RUNS[old.name]
    assert (listed.name, listed.status) == (old.name, status)
    assert listed.record["progress"]["step"] == step
    assert f"artgan-{listed.record['versions']['artgan']}" == old.name.partition("+")[0]


def test_it_is_shown(old, program):
    shown = program("runs", old.name, "--runs-dir", str(old.path.parent)).stdout
    assert shown.startswith(f"{old.name}: mlp on glyphs, {RUNS[old.name][0]}")


def test_it_makes_the_same_pictures(old):
    with Image.open(OLD / f"{old.name}.png") as picture:
        expected = np.asarray(picture).reshape(4, 8, 4, 8).transpose(0, 2, 1, 3).reshape(16, 8, 8)
    made = old.sample(16, seed=3)[:, 0].numpy()
    # Processors differ in the last bit of a sum, which may be the next shade of grey.
    assert np.abs(made.astype(int) - expected).max() <= 1


def test_it_goes_on(old):
    before, more = old.record, RUNS[old.name][1] + 4
    again = artgan.resume(old, steps=more, gallery=False, stop_on_collapse=False)
    assert again.status == "finished"
    assert load_progress(again.checkpoint()).step == more
    assert list(again.record)[: len(before)] == list(before)
    for key in ("created", "plugins", "versions", "parents", "blend"):
        assert again.record.get(key) == before.get(key)
    assert len(again.record["sessions"]) == len(before.get("sessions", [])) + 1
    assert again.sample(1).shape == (1, 1, 8, 8)
