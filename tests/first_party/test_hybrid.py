"""The hybrid: members of different models and of finished runs, in one model that needs none of them afterwards."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

import artgan
from artgan.api.train import plan as plan_training
from artgan.build import build_model
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.training.events import Notice

INFO = ImageInfo(1, 28, 28, ("zero", "one", "two"))
SMALL = ("dcgan.width=4", "mlp.hidden=24", "16")
TINY = {"hidden": "16", "latent_dim": 4}


def build(model="hybrid", info=INFO, **options):
    torch.manual_seed(0)
    return build_model(model, options, info)


def batch(count=8):
    images, labels = torch.rand(count, *INFO.shape) * 2 - 1, torch.arange(count) % INFO.labels
    return Batch(images, labels, 0, torch.Generator().manual_seed(0))


@pytest.fixture
def train(tmp_path):
    def run(**values):
        fixed = {"data": "glyphs", "data_options": {"images": 320}, "batch_size": 16, "gallery": False, "steps": 6}
        return artgan.train(**{**fixed, "runs_dir": tmp_path / "runs", "gallery_dir": tmp_path / "g", **values})

    return run


@pytest.fixture
def parents(train):
    return [train(model="mlp", options=TINY, name="one"), train(model="mlp", options=TINY, name="two", seed=1)]


def settings(run):
    return {"options": {"members": [str(run.path.parent / name) for name in ("one", "two")], "choice": "hard"}}


def networks(run, step=None):
    return {k: v for k, v in load_file(run.checkpoint(step)).items() if k.startswith("networks/generator.")}


def test_members_keep_their_models_and_the_options_they_are_given():
    model = build(member_options=",".join(SMALL), latent_dim=8)
    dcgan, mlp = model.generator.members
    assert [type(member).__name__ for member in (dcgan, mlp)] == ["DCGAN", "MLPGAN"]
    assert (dcgan.options.width, mlp.options.hidden) == (4, (24, 16))
    assert model.latent_shape == (8,)
    assert not [name for name, _ in model.generator.named_parameters() if "discriminator" in name]


@pytest.mark.parametrize("gate", ["image", "pixel"])
@pytest.mark.parametrize("choice", ["soft", "hard"])
def test_images_lie_between_what_the_members_make(gate, choice):
    model = build(member_options=",".join(SMALL), gate=gate, choice=choice).eval()
    latents = torch.randn(6, *model.latent_shape)
    with torch.no_grad():
        images = model.sample(latents, None)
        made = torch.stack([member.sample(latents, None) for member in model.generator.members])
    assert bool(((images >= made.amin(0) - 1e-5) & (images <= made.amax(0) + 1e-5)).all())
    off = (made - images).abs().amin(0)
    assert (choice == "hard") == (float(off.max()) < 1e-6)


def test_a_gate_that_listens_to_one_member_makes_its_images():
    model = build(member_options=",".join(SMALL)).eval()
    last = model.generator.gate.share[1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.tensor([-50.0, 50.0]))
        latents = torch.randn(4, *model.latent_shape)
        assert torch.allclose(model.sample(latents, None), model.generator.members[1].sample(latents, None), atol=1e-6)


def test_a_penalty_evens_out_shares_that_are_shown():
    losses = {}
    for even in (0.0, 3.0):
        model = build(member_options=",".join(SMALL), even=even).train()
        with torch.no_grad():
            model.generator.gate.share[1].bias.copy_(torch.tensor([2.0, 0.0]))
        first = next(iter(model.phases()))
        torch.manual_seed(0)
        losses[even] = first.loss(batch())
    shares = [float(losses[0.0][f"share({name})"]) for name in ("dcgan", "mlp")]
    assert sum(shares) == pytest.approx(1)
    assert shares[0] > 0.8
    uneven = sum((share - 0.5) ** 2 for share in shares)
    assert (losses[3.0]["loss"] - losses[0.0]["loss"]).item() == pytest.approx(3 * uneven, rel=1e-3)


def test_each_member_learns_at_the_rates_of_its_model():
    model = build(member_options=[*SMALL, "mlp.lr_g=0.01"], lr_g=0.005)
    groups = model.optimizer("generator", list(model.generator.parameters())).param_groups
    assert [(group["lr"], group["betas"]) for group in groups] == [
        (0.005, (0.0, 0.99)),
        (0.003, (0.0, 0.99)),
        (0.01, (0.0, 0.9)),
    ]


def test_of_conditional_members_each_makes_the_label(train):
    options = {"member_options": "cgan.width=4,cgan-2.backbone=mlp,cgan-2.embedding=4"}
    run = train(model="hybrid-cond", options=options, steps=2)
    images = run.sample(6, labels=[3])
    assert torch.equal(images, run.sample(6, labels=["3"]))
    assert not torch.equal(images, run.sample(6, labels=[4]))
    line = json.loads((run.path / "metrics.jsonl").read_text().splitlines()[-1])
    assert {"share(cgan)", "share(cgan-2)"} <= set(line) | set(line.get("losses", {}))


def test_runs_that_are_frozen_are_chosen_from_and_never_changed(train, parents):
    chosen = settings(parents[0])
    run = train(model="hybrid", options={**chosen["options"], "frozen": True})
    first, last = networks(run, 0), networks(run)
    changed = {name for name in first if not torch.equal(first[name], last[name])}
    assert changed
    assert all(".gate." in name for name in changed)
    images = run.sample(16, seed=3)
    each = [parent.sample(16, seed=3) for parent in parents]
    assert all(any(torch.equal(image, theirs[i]) for theirs in each) for i, image in enumerate(images))


def test_a_hybrid_of_runs_needs_them_no_more_once_it_has_begun(train, parents):
    texts = []
    listener = [lambda event: texts.append(event.text) if isinstance(event, Notice) else None]
    run = train(model="hybrid", name="both", **settings(parents[0]), listeners=listener, checkpoint_every=3)
    whole = networks(run)
    assert any("Starting from the weights of one after step 6 and two after step 6." in text for text in texts)
    assert [(entry["run"], entry["step"]) for entry in run.record["parents"]] == [("one", 6), ("two", 6)]
    assert run.record["plugins"]["members one"]["name"] == "mlp"
    before = run.sample(8)
    for parent in parents:
        shutil.rmtree(parent.path)
    assert torch.equal(artgan.find_run(run.path).sample(8), before)
    child = train(model=None, from_run=run, steps=1)
    assert all(found["left"] == [] for found in child.record["parents"][0]["taken"].values())
    resumed = networks(artgan.resume(run, checkpoint=3, steps=6))
    assert [name for name in whole if not torch.equal(whole[name], resumed[name])] == []
    with pytest.raises(UserError, match="No model or run is called"):
        train(model="hybrid", **settings(run))


def test_the_average_forgets_the_gate_that_had_learnt_nothing(train, parents):
    options = {**settings(parents[0])["options"], "lr_g": 0.05, "choice": "soft"}
    run = train(model="hybrid", steps=16, batch_size=64, options=options)
    first, last = (load_file(run.checkpoint(step)) for step in (0, None))
    name = "generator.gate.latent.weight"
    moved = {part: (last[f"{part}/{name}"] - first[f"{part}/{name}"]).norm() for part in ("networks", "average")}
    assert moved["average"] > 0.5 * moved["networks"] > 0


def test_names_of_runs_are_looked_for_where_the_training_keeps_its_own(train, parents):
    run = train(model="hybrid", options={"members": "one@6,mlp"}, steps=1)
    assert [source["name"] for source in run.record["model"]["options"]["members"]] == ["one", "mlp"]
    plan = plan_training(
        model="hybrid", options={"members": "one,mlp"}, runs_dir=run.path.parent, data="glyphs", name="planned"
    )
    assert [entry["run"] for entry in plan["parents"]] == ["one"]
    with pytest.raises(UserError, match="6"):
        train(model="hybrid", options={"members": "one@5,mlp"})
    with pytest.raises(UserError, match="one makes images of 28x28 with 1 channel, but these are 32x32 with 1 channel"):
        train(model="hybrid", options={"members": "one,mlp"}, size=32)
    with pytest.raises(UserError, match="one is a run, whose options can't be changed"):
        train(model="hybrid", options={"members": "one,mlp", "member_options": "one.hidden=8"})
    with pytest.raises(UserError, match="spectral_norm would change the trained discriminator of one"):
        train(model="hybrid", options={"members": "one,mlp", "spectral_norm": True})


def test_a_run_that_only_lends_its_discriminator_is_a_parent_too(train, parents):
    run = train(model="hybrid", options={"members": "mlp,mlp", "discriminator": "one"}, steps=1)
    assert [(entry["run"], entry["step"]) for entry in run.record["parents"]] == [("one", 6)]
    lent, first = load_file(parents[0].checkpoint()), load_file(run.checkpoint(0))
    names = [name for name in lent if name.startswith("networks/discriminator.")]
    assert names
    assert all(torch.equal(first[name], lent[name]) for name in names)


def test_a_run_called_as_a_model_is_meant_by_its_path_only(train, tmp_path):
    path = train(model="mlp", options=TINY, name="mlp", steps=1).path
    with pytest.warns(UserWarning, match=f"'mlp' is both a model and a run; using the model.*{path}"):
        run = train(model="hybrid", options={"members": "mlp,mlp", "latent_dim": 4}, steps=1)
    assert "parents" not in run.record
    run = train(model="hybrid", options={"members": f"{path},{path}@1"}, steps=1)
    assert len(run.record["parents"]) == 2


def test_shares_of_pixels_change_smoothly_and_cannot_draw():
    model = build(member_options=",".join(SMALL), gate="pixel").eval()
    gate = model.generator.gate
    with torch.no_grad():
        gate.share[1].weight.normal_(0, 5)
        latents, made = torch.randn(4, *model.latent_shape), torch.rand(4, 2, *INFO.shape) * 2 - 1
        logits = gate(latents, made, None)
    assert logits.shape == (4, 2, 28, 28)
    steps = (logits[..., 1:] - logits[..., :-1]).abs()
    assert float(steps.max()) <= float(logits.max() - logits.min()) / 4 + 1e-5
    assert float(logits.std()) > 0.1


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("hybrid", {"members": "dcgan,mlpp"}, "Did you mean 'mlp'"),
        (
            "hybrid",
            {"members": "dcgan"},
            "members .*must be model or run, separated by commas, 2 to 16 of them .*not dcgan",
        ),
        ("hybrid", {"members": "dcgan,cgan"}, "hybrid-cond"),
        ("hybrid-cond", {"members": "cgan,mlp"}, "mlp is unconditional"),
        ("hybrid", {"members": "dcgan,progan"}, "progan has its own way of training.*name its run"),
        ("hybrid", {"frozen": True}, "frozen only applies to members that are runs"),
        ("hybrid", {"discriminator": "progan"}, "discriminator of progan only works with the rest of its model"),
        ("hybrid", {"member_options": "width=4"}, "must name a member.*dcgan.width=16"),
        ("hybrid", {"member_options": "cgan.width=4"}, "Members are dcgan, mlp"),
        ("hybrid", {"member_options": "dcgan.widht=4"}, "Did you mean 'width'"),
    ],
)
def test_what_can_be_no_hybrid_is_refused_with_the_reason(model, options, message):
    with pytest.raises(UserError, match=message):
        build(model, **options)


def test_a_plan_names_runs_as_a_user_would_and_can_be_trained_from(parents, tmp_path):
    names = [str(run.path) for run in parents]
    plan = plan_training(model="hybrid", data="glyphs", options={"members": ",".join(names)})
    members = plan["config"]["options"]["members"]
    assert members == [f"{run.path}@{run.record['progress']['step']}" for run in parents]
    again = plan_training(model="hybrid", data="glyphs", options={"members": members, "discriminator": "dcgan"})
    assert again["config"]["options"]["members"] == members
    assert again["config"]["options"]["discriminator"] == "dcgan"
    best = parents[0].checkpoint().with_name("best.safetensors")
    best.write_bytes(parents[0].checkpoint().read_bytes())
    named = plan_training(model="hybrid", data="glyphs", options={"members": f"{names[0]}@best,mlp"})
    assert named["config"]["options"]["members"] == [f"{parents[0].path}@best", "mlp"]
