"""Fine-tuning: a run that begins with another's weights says what it took, and stands on its own feet from then on."""

import shutil

import pytest
import torch
from safetensors.torch import load_file

import artgan
from artgan.build import build_model
from artgan.errors import UserError
from artgan.models.freeze import freeze_lowest
from artgan.training.events import Notice

SMALL = {"hidden": "24", "latent_dim": 8}
DCGAN = {"model": "dcgan", "options": {"width": 4, "latent_dim": 8}, "batch_size": 16}


@pytest.fixture
def listen():
    texts: list[str] = []

    def listener(event):
        texts.extend([event.text] if isinstance(event, Notice) else [])

    listener.texts = texts
    return listener


def begun(run: artgan.Run) -> dict[str, torch.Tensor]:
    return load_file(run.path / "checkpoints" / "step-00000000.safetensors")


def test_a_child_begins_with_all_of_its_parents_networks_and_their_average(train, listen):
    parent = train(options=SMALL, steps=12)
    child = train(model=None, from_run=parent.name, steps=2, listeners=[listen])
    theirs, ours = load_file(parent.checkpoint()), begun(child)
    networks = [name for name in theirs if name.startswith(("networks/", "average/"))]
    assert len(networks) > 12
    assert [name for name in networks if not torch.equal(theirs[name], ours[name])] == []
    assert not [name for name in ours if name.startswith("optimizers/")]
    assert child.record["model"]["options"]["latent_dim"] == 8
    (entry,) = child.record["parents"]
    assert (entry["run"], entry["step"]) == (parent.name, 12)
    assert entry["sha256"].encode() in parent.checkpoint().read_bytes()[:20_000]
    assert entry["taken"]["generator"] == {"taken": 6, "of": 6, "left": []}
    assert any("all 6 tensors of the generator" in text and "after step 12" in text for text in listen.texts)


def test_an_average_that_has_learnt_is_not_forgotten_within_a_few_steps(train):
    parent = train(options=SMALL, steps=8)
    child = train(model=None, from_run=parent, options={"lr_g": 0.05}, steps=8)
    first, last = begun(child), load_file(child.checkpoint())
    name = next(name for name in first if name.startswith("average/generator") and first[name].dim() > 1)
    raw = name.replace("average", "networks")
    assert (last[name] - first[name]).norm() < 0.1 * (last[raw] - first[raw]).norm()


def test_other_images_take_what_fits_and_the_rest_is_named(train, listen):
    parent = train(**DCGAN, steps=4, checkpoint_every=2)
    images = {"data": "mosaic", "data_options": {"images": 64, "seed": 1}}
    child = train(model=None, from_run=parent, from_checkpoint=2, **images, batch_size=16, steps=1, listeners=[listen])
    assert child.record["data"]["shape"] == [3, 28, 28]
    assert child.record["parents"][0]["step"] == 2
    counts = child.record["parents"][0]["taken"]
    assert all(0 < found["taken"] < found["of"] for found in counts.values())
    assert all(found["taken"] + len(found["left"]) == found["of"] for found in counts.values())
    assert any("(not " in text for text in listen.texts)
    larger = train(model=None, from_run=parent, **images, size=32, batch_size=16, steps=1)
    assert larger.record["data"]["shape"] == [3, 32, 32]


def test_a_normalised_discriminator_takes_plain_weights(train):
    parent = train(**DCGAN, steps=2)
    child = train(from_run=parent, model=None, options={"spectral_norm": True, "r1": 0}, batch_size=16, steps=1)
    counts = child.record["parents"][0]["taken"]["discriminator"]
    assert counts["taken"] == counts["of"]


def test_a_child_goes_on_exactly_when_its_parent_is_gone(train):
    parent = train(**DCGAN, steps=3)
    settings = {"from_run": parent, "model": None, "options": {"freeze_d": 2}, "batch_size": 16}
    whole = train(**settings, steps=14)
    part = train(**settings, steps=7)
    stopped = train(**settings, steps=14)
    stopped.checkpoint().unlink()
    stopped.update(status="running", process={})
    shutil.rmtree(parent.path)
    expected = load_file(whole.checkpoint())
    for resumed in (artgan.resume(part, steps=14, gallery=False), artgan.resume(stopped, gallery=False)):
        found = load_file(resumed.checkpoint())
        assert [name for name in expected if not torch.equal(expected[name], found[name])] == []
        assert resumed.record["parents"][0]["run"] == parent.name


def test_frozen_layers_stay_and_the_others_learn(train):
    parent = train(**DCGAN, steps=3)
    for more in ({}, {"spectral_norm": True, "r1": 0}):
        child = train(from_run=parent, model=None, options={"freeze_d": 2, **more}, batch_size=16, steps=8)
        before, after = begun(child), load_file(child.checkpoint())
        model = child.load()
        fixed = {f"networks/{name}": not p.requires_grad for name, p in model.named_parameters() if "discr" in name}
        assert {name: torch.equal(before[name], after[name]) for name in fixed} == fixed
        assert sum(after[name].dim() > 1 for name, kept in fixed.items() if kept) == 2


@pytest.mark.parametrize("name", ["mlp", "cgan", "r3gan", "lightgan", "stylegan2-cond"])
def test_the_lowest_layers_are_those_that_images_pass_first(name):
    info = artgan.ImageInfo(3, 32, 32, ("a", "b"))
    options = {"cgan": {"width": 4}, "mlp": SMALL}.get(name, {})
    model = build_model(name, {**options, "freeze_d": 1}, info)
    frozen = [name for name, parameter in model.discriminator.named_parameters() if not parameter.requires_grad]
    assert frozen
    # The lowest layer takes images: 3 channels, or 32 x 32 x 3 numbers, and labels beside them in some models.
    weight = model.discriminator.get_parameter(next(name for name in frozen if "weight" in name))
    assert weight.shape[1] in (3, 3072, 5)


def test_too_many_layers_and_nets_that_cannot_be_looked_into_are_refused(train):
    with pytest.raises(UserError, match=r"freeze_d=9 freezes the whole discriminator: it has \d layers"):
        build_model("dcgan", {"width": 4, "freeze_d": 9}, artgan.ImageInfo(1, 28, 28, ()))
    with pytest.raises(UserError, match="can't determine their order"):
        freeze_lowest(torch.nn.Linear(3, 3), 1, artgan.ImageInfo(1, 28, 28, ()), False)


def test_freezing_what_has_learnt_nothing_is_said(train, listen):
    train(**{**DCGAN, "options": {"width": 4, "freeze_d": 1}}, steps=1, listeners=[listen])
    assert any("haven't learnt anything" in text for text in listen.texts)
    parent = train(**DCGAN, steps=1)
    images = {"data": "mosaic", "data_options": {"images": 64, "seed": 1}}
    train(from_run=parent, model=None, options={"freeze_d": 1}, **images, batch_size=16, steps=1, listeners=[listen])
    assert any("Frozen but not copied" in text for text in listen.texts)


def test_what_shares_nothing_is_refused_and_leaves_no_run(train, tmp_path):
    parent = train(options=SMALL, steps=1)
    with pytest.raises(UserError, match=r"Nothing of mlp-glyphs-001 \(mlp\) fits the new networks: .*name"):
        train(**DCGAN, from_run=parent, steps=1)
    with pytest.raises(UserError, match=r"no shape does: generator.* is 24 x 8 there and 48 x 12 here"):
        train(options={"hidden": "48", "latent_dim": 12}, data="mosaic", data_options={"images": 64}, from_run=parent)
    assert [run.name for run in artgan.list_runs(tmp_path / "runs")] == [parent.name]
    with pytest.raises(UserError, match=r"Did you mean.*mlp-glyphs-001"):
        train(options=SMALL, from_run="mlp-glyphs-002")
    with pytest.raises(UserError, match="give both"):
        train(options=SMALL, from_checkpoint="best")


def test_what_is_not_given_is_the_parents(train):
    parent = train(options=SMALL, steps=1)
    values = {"model": None, "data": None, "data_options": None, "from_run": parent}
    child = train(**values, options={"dropout": 0.1}, loss="hinge", steps=1)
    options = child.record["model"]["options"]
    assert (options["hidden"], options["dropout"], options["loss"]) == ([24], 0.1, "hinge")
    assert child.record["data"]["fingerprint"] == parent.record["data"]["fingerprint"]


def test_a_recipe_given_anew_has_its_way_also_when_the_parent_was_resumed(train):
    parent = artgan.resume(train(options=SMALL, steps=1), steps=2, gallery=False)
    child = train(model=None, data=None, data_options=None, from_run=parent, options={"recipe": "paper"}, steps=1)
    options = child.record["model"]["options"]
    assert (options["hidden"], options["lr_g"]) == ([24], 2e-4)


def test_a_grown_parent_of_larger_pictures_gives_what_fits(train):
    values = {"model": "progan", "options": {"width": 4, "latent_dim": 8}, "data_options": {"images": 16}}
    parent = train(**values, size=128, steps=2, batch_size=4)
    child = train(**values, size=64, steps=2, batch_size=4, from_run=parent)
    assert child.status == "finished"
