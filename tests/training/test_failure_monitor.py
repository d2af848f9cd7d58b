"""Trainings that are made to fail, each in its way: what the user is told, and what becomes of the run."""

import json
import math

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import artgan
from artgan.api.run import Run
from artgan.errors import ArtganError, Collapsed
from artgan.training.diversity import diversity
from artgan.training.events import Evaluated, Notice, Samples, Step, WentBack
from artgan.training.failure_monitor import PATIENCE_STEPS, SLOW_START_IMAGES, FailureMonitor

TINY = {"hidden": "16", "latent_dim": 8}
# A generator that runs, in steps a thousand times too long, to where a discriminator that hardly learns likes best to
# see it: every latent becomes the same picture, with every seed and in every precision.
COLLAPSING = {"lr_g": 0.9, "lr_d": 1e-8, "r1": 0, "batch_norm": False}


def said(run: Run) -> list[str]:
    return [alarm["kind"] for alarm in run.record.get("alarms", [])]


def test_a_discriminator_that_wins_is_told_once_with_options_that_help(train):
    notices = []
    run = train(
        options={**TINY, "lr_g": 1e-8, "r1": 0},
        steps=800,
        batch_size=16,
        listeners=[lambda event: notices.append(event.text) if isinstance(event, Notice) else None],
    )
    assert said(run) == ["discriminator won"]
    assert run.status == "finished"
    assert len(notices) == 1
    assert "The discriminator has won (D(real) " in notices[0]
    assert "-o r1=1, -o lr_d=0.00025 or -o instance_noise=0.2" in notices[0]


def test_a_discriminator_that_loses_is_told(train):
    run = train(options={**TINY, "r1": 1000, "r1_interval": 1}, steps=1300, batch_size=16)
    assert said(run) == ["discriminator lost"]
    text = run.record["alarms"][0]["text"]
    assert "it guesses" in text
    assert "-o r1=100" in text


@pytest.fixture
def impatient(monkeypatch):
    """A generator that has never made varied pictures gets a tenth of the time."""
    monkeypatch.setattr("artgan.training.failure_monitor.SLOW_START_IMAGES", SLOW_START_IMAGES // 10)


def test_a_generator_that_collapses_is_told(train, impatient):
    run = train(options={**TINY, **COLLAPSING}, steps=200, batch_size=512)
    assert said(run) == ["collapsed"]
    assert "the same few pictures again and again" in run.record["alarms"][0]["text"]
    assert "-o r1=" in run.record["alarms"][0]["text"]


def test_a_healthy_training_is_left_alone(train):
    run = train(options={"hidden": "32", "latent_dim": 16}, steps=900)
    assert run.record.get("alarms", []) == []
    assert run.record.get("recoveries", []) == []


def test_stop_on_collapse_ends_the_training_with_a_checkpoint(train, tmp_path, impatient):
    with pytest.raises(Collapsed, match=r"stopped at step .* had failed") as caught:
        train(options={**TINY, **COLLAPSING}, steps=1000, batch_size=512, stop_on_collapse=True)
    assert caught.value.exit_code == 3
    run = artgan.find_run(runs_dir=tmp_path / "runs")
    assert run.status == "collapsed"
    assert 90 < run.record["progress"]["step"] < 1000
    assert run.checkpoint().is_file()
    assert "collapsed" in run.record["alarms"][0]["text"]


def rates(run: Run) -> set[float]:
    with safe_open(run.checkpoint(), framework="pt") as file:
        return {group["lr"] for groups in json.loads(file.metadata()["groups"]) for group in groups}


@pytest.fixture
def diverging(monkeypatch):
    """Makes the generator's loss no number at some step, so many times."""
    healthy = artgan.GAN.discriminator_loss

    def arrange(step: int, times: int) -> None:
        left = [times]

        def loss(model, batch):
            losses = healthy(model, batch)
            if batch.step == step and left[0]:
                left[0] -= 1
                return {"loss": losses["loss"] * math.nan}
            return losses

        monkeypatch.setattr(artgan.GAN, "discriminator_loss", loss)

    return arrange


def test_a_diverged_training_goes_back_to_its_last_checkpoint_with_half_the_learning_rates(train, diverging):
    diverging(step=6, times=1)
    events = []
    run = train(options={**TINY, "lr_g": 0.004, "lr_d": 0.004}, checkpoint_every=4, listeners=[events.append])
    assert run.status == "finished"
    assert run.record["progress"]["step"] == 20
    (recovery,) = run.record["recoveries"]
    assert (recovery["diverged_at_step"], recovery["went_back_to_step"]) == (8, 4)
    assert recovery["learning_rates_times"] == 0.5
    assert [event.step for event in events if isinstance(event, WentBack)] == [4]
    (notice,) = [event.text for event in events if isinstance(event, Notice)]
    assert "Going back to step 4 with 0.5 times the learning rates (1 of 3 attempts)" in notice
    assert rates(run) == {0.002}
    assert all(bool(tensor.isfinite().all()) for tensor in load_file(run.checkpoint()).values())
    logged = [json.loads(line)["step"] for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert logged == [10, 20]


def test_without_a_checkpoint_it_begins_again_just_as_with_the_smaller_rates_from_the_start(train, diverging):
    smaller = train(options={**TINY, "lr_g": 0.002, "lr_d": 0.002, "lr_decay": "linear"})
    diverging(step=6, times=1)
    run = train(options={**TINY, "lr_g": 0.004, "lr_d": 0.004, "lr_decay": "linear"})
    assert run.record["recoveries"][0]["went_back_to_step"] == 0
    one, other = load_file(smaller.checkpoint()), load_file(run.checkpoint())
    assert not [name for name in one if not torch.equal(one[name], other[name])]
    assert rates(run) == rates(smaller)


def test_after_three_attempts_the_error_stands(train, diverging, tmp_path):
    diverging(step=6, times=4)
    with pytest.raises(ArtganError, match="diverged before step 8"):
        train(options=TINY, checkpoint_every=4)
    run = artgan.find_run(runs_dir=tmp_path / "runs")
    assert run.status == "failed"
    assert [entry["learning_rates_times"] for entry in run.record["recoveries"]] == [0.5, 0.25, 0.125]


def test_a_recovered_training_resumes_as_if_it_had_not_stopped(train, diverging):
    diverging(step=6, times=1)
    whole = train(options=TINY, checkpoint_every=4)
    diverging(step=6, times=1)
    part = train(options=TINY, checkpoint_every=4, steps=12)
    resumed = artgan.resume(part, steps=20, gallery=False)
    one, other = load_file(whole.checkpoint()), load_file(resumed.checkpoint())
    assert not [name for name in one if not torch.equal(one[name], other[name])]
    with safe_open(resumed.checkpoint(), framework="pt") as file:
        assert json.loads(file.metadata()["progress"])["recoveries"] == 1


@pytest.fixture
def watch(train):
    """A watch over a run, with what it says."""
    run = train(options=TINY, steps=1)
    notices: list[str] = []
    made = FailureMonitor(run, lambda event: notices.append(event.text), data_diversity=0.2)
    made.notices = notices
    return made


def test_falling_quality_names_the_better_checkpoint(watch):
    for step, fid in ((100, 90.0), (200, 40.0), (300, 42.0), (400, 50.0), (500, 55.0)):
        watch(Evaluated(step, "fid", fid, higher_is_better=False))
        assert not watch.notices
    watch(Evaluated(600, "fid", 60.0, higher_is_better=False))
    assert "Quality has been falling since step 200 (fid 40 then, 60 now)" in watch.notices[0]
    assert "--checkpoint 200" in watch.notices[0]
    assert "-o augment=color,translation" in watch.notices[0]
    watch(Evaluated(700, "fid", 70.0, higher_is_better=False))
    assert len(watch.notices) == 1


def test_quality_of_a_way_that_was_left_is_no_yardstick(watch):
    for step, fid in ((100, 90.0), (200, 60.0), (300, 20.0)):
        watch(Evaluated(step, "fid", fid, higher_is_better=False))
    watch(WentBack(100))
    for step, fid in ((200, 62.0), (300, 50.0), (400, 40.0), (500, 35.0), (600, 30.0)):
        watch(Evaluated(step, "fid", fid, higher_is_better=False))
    assert not watch.notices


def test_quality_that_rises_is_no_alarm(watch):
    for step in range(10):
        watch(Evaluated(step, "coverage", step / 10, higher_is_better=True))
    assert not watch.notices


def test_a_discriminator_must_have_won_without_a_break(watch):
    for step in range(0, 3 * PATIENCE_STEPS, 10):
        wavering = step % (PATIENCE_STEPS - 50) == 0
        watch(Step(step, step, 1.0, 0.1, {"D(real)": 0.9 if wavering else 0.999, "D(fake)": 0.001}))
    assert not watch.notices


def test_a_slow_start_is_no_collapse_but_the_same_later_is(watch):
    noise, alike = torch.randint(0, 256, (64, 1, 8, 8), dtype=torch.uint8), torch.zeros(64, 1, 8, 8, dtype=torch.uint8)
    for step, images in ((0, noise), *((step, alike) for step in range(1, 9))):
        watch(Step(step, SLOW_START_IMAGES // 10 * step, 1.0, 0.1, {}))
        watch(Samples(step, images))
    assert not watch.notices
    watch(Step(10, SLOW_START_IMAGES, 1.0, 0.1, {}))
    watch(Samples(10, alike))
    assert "has collapsed" in watch.notices[0]


def test_a_generator_that_has_varied_and_no_longer_does_is_told_soon(watch):
    different = torch.randint(0, 256, (64, 1, 8, 8), dtype=torch.uint8)
    few = different[:3].repeat(22, 1, 1, 1)[:64]
    for step, images in enumerate((different, few, few, few)):
        assert not watch.notices
        watch(Step(step, 30_000, 1.0, 0.1, {}))
        watch(Samples(step, images))
    assert "has collapsed" in watch.notices[0]


def test_variety_sees_few_modes_however_different_they_are():
    torch.manual_seed(0)
    different = torch.randint(0, 256, (64, 1, 16, 16), dtype=torch.uint8)
    few = different[:4].repeat(16, 1, 1, 1)
    assert diversity(different) > 0.1
    assert diversity(few) == pytest.approx(0, abs=1e-3)
