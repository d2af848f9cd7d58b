"""What a user sees of a training: a run that repeats, resumes, and tells the truth."""

import json
import os
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import artgan
from artgan.errors import ArtganError, UserError
from artgan.training.events import CheckpointSaved, Event, Finished, Notice, Samples, Started, Step

SMALL = {"hidden": "64", "latent_dim": 16}


def weights(run: artgan.Run) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoint())


def assert_equal_weights(one: artgan.Run, other: artgan.Run) -> None:
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    different = [name for name in first if not torch.equal(first[name], second[name])]
    assert not different


def test_a_training_leaves_a_whole_run(train):
    run = train(options=SMALL)
    assert run.status == "finished"
    assert run.name == "mlp-glyphs-001"
    progress = run.record["progress"]
    assert progress["step"] == 20
    assert progress["images"] == 20 * 64
    assert {"generator", "discriminator", "D(real)", "D(fake)"} <= progress["losses"].keys()
    assert run.record["plugins"]["model"]["distribution"] == "artgan"
    assert run.record["data"]["images"] == 640
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [10, 20]
    sheets = sorted((run.path / "samples").glob("step-*.png"))
    assert len(sheets) >= 3
    with Image.open(run.path / "samples" / "timelapse.webp") as timelapse:
        assert timelapse.n_frames > 1
    assert not list(run.path.rglob("*.tmp"))


def test_the_next_run_gets_the_next_number_and_a_taken_name_is_refused(train):
    assert [train(options=SMALL, steps=1).name for _ in range(2)] == ["mlp-glyphs-001", "mlp-glyphs-002"]
    train(options=SMALL, steps=1, name="mine")
    with pytest.raises(UserError, match="'mine' already exists"):
        train(options=SMALL, steps=1, name="mine")


@pytest.mark.parametrize(
    ("model", "options"),
    [("mlp", {**SMALL, "dropout": 0.3, "batch_norm": True}), ("dcgan", {"width": 4}), ("cgan", {"width": 4})],
)
def test_equal_requests_make_equal_runs_and_another_seed_another(train, model, options):
    one, same, other = (train(model=model, options=options, steps=12, seed=seed) for seed in (5, 5, 6))
    assert_equal_weights(one, same)
    assert any(not torch.equal(a, b) for a, b in zip(weights(one).values(), weights(other).values(), strict=True))


@pytest.mark.parametrize(
    ("model", "options"), [("mlp", {**SMALL, "dropout": 0.3, "batch_norm": True}), ("cgan", {"width": 4})]
)
def test_a_resumed_training_equals_the_uninterrupted_one(train, model, options):
    whole = train(model=model, options=options, steps=33)
    part = train(model=model, options=options, steps=17)
    resumed = artgan.resume(part, steps=33, gallery=False)
    assert resumed.record["progress"]["step"] == 33
    assert_equal_weights(whole, resumed)
    logged = [json.loads(line)["step"] for line in (resumed.path / "metrics.jsonl").read_text().splitlines()]
    assert logged == [10, 20, 30, 33]


def test_resuming_with_a_spent_budget_says_how_to_go_on(train):
    run = train(options=SMALL)
    for budget in ({}, {"steps": 20}, {"epochs": 0.01}):
        told = []
        with pytest.raises(UserError, match=f"`artgan resume {run.name} --steps 40`"):
            artgan.resume(run, listeners=[told.append], **budget)
        assert told == []  # no images were prepared for that


def test_resuming_forgets_what_a_killed_session_logged_after_its_checkpoint(train):
    run = train(options=SMALL, steps=20, checkpoint_every=10, keep_checkpoints=0)
    run.checkpoint().unlink()
    with (run.path / "metrics.jsonl").open("a") as log:
        log.write('{"step": 3')
    run.update(status="running", process={"pid": 2**22 + 1, "host": os.uname().nodename, "started": "0"})
    assert run.status == "stopped"
    artgan.resume(run, steps=20, gallery=False)
    logged = [json.loads(line)["step"] for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert logged == [10, 20]


def test_a_run_in_training_is_not_trained_twice(train):
    run = train(options=SMALL)
    parent = os.getppid()
    started = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[19]
    run.update(status="running", process={"pid": parent, "host": os.uname().nodename, "started": started})
    with pytest.raises(UserError, match=f"Process {parent} on .* is training"):
        artgan.resume(run, steps=30)


def test_events_come_in_order_and_a_failing_listener_is_dropped(train):
    seen: list[Event] = []

    def bad(event: Event) -> None:
        if isinstance(event, Step):
            raise RuntimeError("no screen")

    run = train(options=SMALL, listeners=[bad, seen.append])
    assert run.status == "finished"
    kinds = [type(event) for event in seen]
    assert kinds.index(Started) < kinds.index(Samples) < kinds.index(Step) < kinds.index(Finished)
    assert kinds.count(CheckpointSaved) == 1
    assert [event.text for event in seen if isinstance(event, Notice) and "bad" in event.text]
    started = next(event for event in seen if isinstance(event, Started))
    assert (started.max_steps, started.steps_per_epoch, started.images) == (20, 10, 640)


def test_epochs_steps_and_time_whichever_comes_first(train):
    assert train(options=SMALL, steps=None, epochs=1.5).record["progress"]["step"] == 15
    assert train(options=SMALL, steps=4, epochs=2, time="1h").record["progress"]["step"] == 4
    quick = train(options=SMALL, steps=None, time="0.3s").record["progress"]
    assert 0.3 <= quick["seconds"] < 20


def test_old_checkpoints_go_and_the_latest_stay(train):
    run = train(options=SMALL, steps=20, checkpoint_every=4, keep_checkpoints=2)
    assert [path.stem for path in run.checkpoints()] == ["step-00000016", "step-00000020"]
    assert run.checkpoint(16).stem == "step-00000016"
    with pytest.raises(UserError, match="16"):
        run.checkpoint(17)


def test_a_damaged_checkpoint_is_named(train):
    run = train(options=SMALL)
    path = run.checkpoint()
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ArtganError, match=r"step-00000020\.safetensors is damaged"):
        run.sample(4)
    with pytest.raises(ArtganError, match="is damaged"):
        artgan.resume(run, steps=30)


def test_going_on_from_an_earlier_checkpoint_keeps_the_later_ones_aside(train):
    run = train(options=SMALL, steps=20, checkpoint_every=5, keep_checkpoints=0)
    whole = weights(run)
    again = artgan.resume(run, checkpoint=10, gallery=False)
    assert [path.stem for path in again.checkpoints()] == [
        "step-00000005",
        "step-00000010",
        "step-00000015",
        "step-00000020",
    ]
    assert (run.path / "checkpoints" / "left-step-00000020.safetensors").is_file()
    assert all(torch.equal(tensor, weights(again)[name]) for name, tensor in whole.items())


def test_weights_that_are_no_numbers_are_never_saved_over_good_ones(train, monkeypatch):
    healthy = artgan.GAN.discriminator_loss

    def diverging(model, batch):
        losses = healthy(model, batch)
        return {"loss": losses["loss"] * (float("nan") if batch.step == 6 else 1)}

    monkeypatch.setattr(artgan.GAN, "discriminator_loss", diverging)
    with pytest.raises(ArtganError, match="diverged before step 8"):
        train(options=SMALL, checkpoint_every=4, sample_every=1000)
    run = artgan.find_run(runs_dir=train(options=SMALL, steps=1).path.parent)
    assert run.sample(1).shape == (1, 1, 28, 28)


def test_a_failing_exhibit_does_not_hide_a_finished_training(train, tmp_path, monkeypatch):
    def full(run, request):
        raise ArtganError("the disk is full.")

    monkeypatch.setattr("artgan.training.lifecycle.make_exhibit", full)
    with pytest.raises(ArtganError, match=r"mlp-glyphs-001 is trained, .*artgan gallery --run mlp-glyphs-001"):
        train(options=SMALL, gallery=True)
    assert artgan.find_run(runs_dir=tmp_path / "runs").status == "finished"


def test_a_gallery_that_takes_no_files_is_told_before_training(train, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file is a file, but should be a folder"):
        train(options=SMALL, gallery=True, gallery_dir=tmp_path / "file")
    assert not (tmp_path / "runs").exists()


def test_a_model_that_fails_while_it_is_built_is_named_with_its_plugin(train, monkeypatch):
    from artgan_plugins.models.mlp import MLPGAN

    def broken(self, options, data):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(MLPGAN, "__init__", broken)
    with pytest.raises(ArtganError, match=r"model 'mlp' \(plugin 'mlp' of artgan .*ZeroDivisionError: oops"):
        train(options=SMALL)


def test_divergence_is_said_and_the_run_is_marked_as_failed(train, tmp_path, monkeypatch):
    healthy = artgan.GAN.discriminator_loss

    def diverging(model, batch):
        losses = healthy(model, batch)
        return {"loss": losses["loss"] * (float("nan") if batch.step == 9 else 1)}

    monkeypatch.setattr(artgan.GAN, "discriminator_loss", diverging)
    with pytest.raises(ArtganError, match=r"diverged before step 10: .*discriminator"):
        train(options=SMALL, sample_every=1000)
    run = artgan.find_run(runs_dir=tmp_path / "runs")
    assert run.status == "failed"
    assert "diverged" in run.record["error"]


def test_samples_are_uint8_and_do_not_depend_on_how_many_are_drawn(train):
    run = train(model="cgan", options={"width": 4}, steps=10)
    many = run.sample(70, seed=3, labels="each")
    assert many.shape == (70, 1, 28, 28)
    assert many.dtype == torch.uint8
    assert torch.equal(many[:5], run.sample(5, seed=3, labels="each"))
    assert not torch.equal(many[:5], run.sample(5, seed=4, labels="each"))


def test_labels_are_refused_where_there_are_none(train, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    for number in range(4):
        Image.new("L", (28, 28), number * 60).save(folder / f"{number}.png")
    with pytest.raises(UserError, match="cgan learns from labels"):
        train(model="cgan", data=str(folder), data_options={})


def test_a_run_whose_plugin_is_gone_says_which_package_brought_it(train):
    run = train(options=SMALL)
    origin = {"distribution": "artgan-vanished", "version": "1.2", "entry_point": "vanished"}
    run.update(config={**run.record["config"], "model": "vanished"}, plugins={**run.record["plugins"], "model": origin})
    with pytest.raises(UserError, match=r"artgan-vanished 1\.2"):
        run.sample(1)


def test_precisions(train):
    for precision in ("32-true", "bf16-mixed"):
        run = train(options=SMALL, precision=precision)
        assert run.record["precision"] == precision
        assert run.sample(2).float().std() > 0
    with pytest.raises(UserError, match="16-mixed needs a CUDA GPU"):
        train(options=SMALL, precision="16-mixed", device="cpu")


def test_real_mnist_becomes_digits_faster_than_chance(train, mnist_dir):
    run = train(
        data="mnist", data_options={}, data_dir=mnist_dir, steps=400, options={"hidden": "128", "batch_norm": True}
    )
    images = run.sample(256).float()
    assert run.record["data"]["shape"] == [1, 28, 28]
    # Digits are bright in the middle and black at the edges; noise isn't.
    assert images[:, :, 8:20, 8:20].mean() > 4 * images[:, :, :3, :].mean()
