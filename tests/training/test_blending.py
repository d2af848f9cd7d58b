"""Two runs of one architecture in one: weights between theirs, layers swapped, and what doesn't go together refused."""

import json

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

import artgan
from artgan.build import build_model
from artgan.cli import app
from artgan.errors import UserError
from artgan.training import blending, checkpointer
from artgan.training.blending import have_met, layer_sizes

DCGAN = {"model": "dcgan", "options": {"width": 4, "latent_dim": 8}, "batch_size": 16}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A run, and one that began with its weights."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (blending, checkpointer):  # latents enough for what is looked at here
            patch.setattr(module, "CHECKPOINT_STATISTICS", 128)
        yield _pair(tmp_path_factory)


def _pair(tmp_path_factory) -> tuple[artgan.Run, artgan.Run]:
    places = {"runs_dir": tmp_path_factory.mktemp("runs"), "gallery": False}
    images = {"data": "glyphs", "data_options": {"images": 320}}
    one = artgan.train(**DCGAN, **images, **places, steps=6, name="one")
    fast = {"options": {"ema_kimg": 0.1}, "batch_size": 64}  # so that the average moves in a few steps
    other = artgan.train(from_run=one, **images, **places, **fast, seed=3, steps=8, name="other")
    return one, other


def tensors(run: artgan.Run) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoint())


def averages(run: artgan.Run) -> dict[str, torch.Tensor]:
    """The averaged generator's learnt tensors, which samples come from."""
    return {
        name: value for name, value in tensors(run).items() if name.startswith("average/") and "running" not in name
    }


def test_weights_lie_between_those_of_both(pair):
    one, other = pair
    made = artgan.blend(one, other, weight=0.25, runs_dir=one.path.parent)
    first, second = tensors(one), tensors(other)
    for name, value in tensors(made).items():
        if value.is_floating_point() and "running" not in name:
            torch.testing.assert_close(value, 0.75 * first[name] + 0.25 * second[name])
    assert not torch.equal(made.sample(4), one.sample(4))
    assert [entry["run"] for entry in made.record["parents"]] == ["one", "other"]
    assert [entry["weight"] for entry in made.record["parents"]] == [0.75, 0.25]
    assert (made.name, made.status) == ("dcgan-blend-001", "blended")
    assert have_met(one, other)


def test_nothing_of_the_other_is_the_one(pair):
    one, other = pair
    made = artgan.blend(one, other, weight=0, runs_dir=one.path.parent)
    assert (made.sample(8).float() - one.sample(8).float()).abs().max() <= 1
    made = averages(artgan.blend(one, other, weight=1, runs_dir=one.path.parent))
    assert all(torch.equal(value, made[name]) for name, value in averages(other).items())


def test_form_of_one_and_texture_of_the_other(pair):
    one, other = pair
    made = artgan.blend(one, other, coarse=0, fine=1, at=7, runs_dir=one.path.parent)
    sizes = layer_sizes(one.load(device="cpu"))
    first, second, found = averages(one), averages(other), averages(made)
    sides = {name: sizes[name.removeprefix("average/").rpartition(".")[0]] <= 7 for name in found if "num_" not in name}
    assert set(sides.values()) == {True, False}
    for name, coarse in sides.items():
        assert torch.equal(found[name], (first if coarse else second)[name])
    assert made.record["blend"] == {"weight": 0.5, "coarse": 0, "fine": 1, "at": 7}


@pytest.mark.parametrize("model", ["dcgan", "stylegan2", "r3gan", "lightgan"])
def test_every_layer_has_the_size_of_what_it_makes(model):
    built = build_model(model, {}, artgan.ImageInfo(3, 32, 32, ())).eval()
    sizes = layer_sizes(built)
    owners = {n.rpartition(".")[0] for n, _ in built.named_parameters() if n.startswith("generator.")}
    assert owners == sizes.keys()
    assert {4, 32} <= set(sizes.values()) <= {1, 4, 8, 16, 32}
    if model == "stylegan2":  # styles begin it all
        assert {size for name, size in sizes.items() if "mapping" in name} == {4}


def test_a_blended_run_is_exhibited_and_gone_on_with(pair, tmp_path):
    one, other = pair
    made = artgan.blend(one, other, name="both", runs_dir=one.path.parent)
    assert len(made.gallery(n=2, gallery_dir=tmp_path).images) == 2
    resumed = artgan.resume(made, steps=4, gallery=False)
    assert (resumed.status, resumed.record["progress"]["step"]) == ("finished", 4)
    assert [entry["run"] for entry in resumed.record["parents"]] == ["one", "other"]
    child = artgan.train(from_run=made, runs_dir=one.path.parent, steps=1, gallery=False)
    assert child.record["parents"][0]["run"] == "both"


def test_what_cannot_be_blended_is_refused_and_leaves_no_run(pair, tmp_path):
    one, other = pair
    runs_dir = one.path.parent
    before = [run.name for run in artgan.list_runs(runs_dir)]
    quick = {"data_options": {"images": 320}, "runs_dir": tmp_path, "gallery": False, "steps": 1, "batch_size": 16}
    wide = artgan.train(model="dcgan", options={"width": 8, "latent_dim": 8}, **quick)
    dense = artgan.train(model="mlp", options={"hidden": "8", "latent_dim": 8}, **quick)
    with pytest.raises(UserError, match=r"dcgan for 28x28 with 1 channel and .*different networks \(.* is 4"):
        artgan.blend(one, wide, runs_dir=runs_dir)
    with pytest.raises(UserError, match=r"and mlp for 28x28 .*only one of them has "):
        artgan.blend(one, dense, runs_dir=runs_dir)
    with pytest.raises(UserError, match="those of mlp-glyphs-001 have no size"):
        artgan.blend(dense, dense, coarse=1)
    with pytest.raises(UserError, match=r"sizes of .* are 4, 7, 14, 28 pixels\. Choose 4 to 27"):
        artgan.blend(one, other, coarse=1, at=28, runs_dir=runs_dir)
    with pytest.raises(UserError, match=r"--weight must be between 0 and 1, not 1\.5"):
        artgan.blend(one, other, weight=1.5, runs_dir=runs_dir)
    with pytest.raises(UserError, match="--at only matters with --coarse or --fine"):
        artgan.blend(one, other, at=7, runs_dir=runs_dir)
    assert [run.name for run in artgan.list_runs(runs_dir)] == before
    assert not have_met(one, wide)


def test_the_command_says_what_it_made(pair):
    one, _ = pair
    line = ["blend", "one", "other", "--fine", "1", "--name", "told", "--runs-dir", str(one.path.parent)]
    found = CliRunner().invoke(app, [*line, "--json"])
    told = json.loads(found.stdout)
    assert (told["run"], told["related"], told["blend"]["fine"]) == ("told", True, 1)
    shown = CliRunner().invoke(app, ["runs", "told", "--runs-dir", str(one.path.parent)]).stdout
    assert "one after step 6" in shown
    assert "100% in finer" in shown.replace("\n", " ")
