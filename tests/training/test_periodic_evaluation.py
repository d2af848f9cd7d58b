"""What a user sees of a training that is measured meanwhile."""

import json
import os
import signal
from types import SimpleNamespace

import pytest
import torch
import typer
from PIL import Image
from safetensors.torch import load_file

import artgan
from artgan.cli import app
from artgan.cli.progress import Progress
from artgan.cli.training_report import result
from artgan.errors import UserError
from artgan.metrics.plot import Curve, plot
from artgan.runs.checkpoint_file import load_progress
from artgan.training import checkpointer, periodic_evaluation, sample_sheets, trainer
from artgan.training.events import Evaluated

MEASURED = {"evaluate_every": 10, "evaluate_images": 64, "evaluate_metrics": ["fid", "recall"]}


def evaluations(run):
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    return {line["step"]: line["evaluation"] for line in lines if "evaluation" in line}


def assert_equal_weights(one, other):
    first, second = load_file(one.checkpoint()), load_file(other.checkpoint())
    assert first.keys() == second.keys()
    assert not [name for name in first if not torch.equal(first[name], second[name])]


@pytest.fixture
def small(train):
    def run(**values):
        settings = {"model": "mlp", "options": {"hidden": "64", "latent_dim": 16}, "data_options": {"images": 320}}
        return train(**{**settings, **values})

    return run


def test_measuring_changes_nothing_but_the_log(small, monkeypatch):
    for module, name in (
        (periodic_evaluation, "STATISTICS"),
        (checkpointer, "CHECKPOINT_STATISTICS"),
        (sample_sheets, "SHEET_STATISTICS"),
    ):
        monkeypatch.setattr(module, name, 128)
    heard = []
    model = {"model": "dcgan", "options": {"width": 4}}  # one with batch-norm statistics, which measuring refreshes
    plain = small(steps=25, **model)
    measured = small(steps=25, listeners=[heard.append], **model, **MEASURED)
    assert_equal_weights(plain, measured)
    found = evaluations(measured)
    assert list(found) == [10, 20, 25]
    assert all(list(figures) == ["fid", "recall"] for figures in found.values())
    assert [event.step for event in heard if isinstance(event, Evaluated)] == [10, 20, 25]
    with Image.open(measured.path / "quality.png") as picture:
        assert picture.width > 600
    assert not (plain.path / "quality.png").exists()


def test_the_best_checkpoint_stays_and_is_what_was_measured(small, tmp_path, capsys):
    run = small(steps=30, keep_checkpoints=1, checkpoint_every=10, **MEASURED)
    found = evaluations(run)
    best = min(found, key=lambda step: found[step]["fid"])
    assert run.record["best"]["step"] == best
    assert run.record["best"]["value"] == found[best]["fid"]
    assert len(run.checkpoints()) == 1
    assert result(run, Progress())["best"] == run.record["best"]
    path = run.checkpoint("best")
    assert load_progress(path).step == best
    exhibit = run.gallery(checkpoint="best", n=4, gallery_dir=tmp_path)
    assert exhibit.checkpoint == "checkpoints/best.safetensors"
    typer.main.get_command(app)(["runs", str(run.path)], "artgan", standalone_mode=False)
    printed = capsys.readouterr().out
    assert f"fid {run.record['best']['value']:.4g} at step {best}, by classifier of glyphs" in printed
    assert "--checkpoint best" in printed
    again = artgan.evaluate(run, checkpoint="best", n=64, metrics=["fid"], copies=False)
    assert again.record["of"]["step"] == best


def test_a_resumed_training_measures_the_same(small):
    whole = small(steps=30, **MEASURED)
    part = small(steps=20, **MEASURED)
    resumed = artgan.resume(part, steps=30, gallery=False)
    assert_equal_weights(whole, resumed)
    assert evaluations(whole) == evaluations(resumed)
    assert whole.record["best"] == resumed.record["best"]


def test_the_best_checkpoint_keeps_what_the_watch_has_seen(small):
    run = small(steps=30, checkpoint_every=10, keep_checkpoints=0, **MEASURED)
    step = run.record["best"]["step"]
    best, last = (load_progress(run.checkpoint(which)).to_json() for which in ("best", step))
    assert best["watch"] == last["watch"]


def test_a_signal_in_the_last_step_leaves_the_end_to_the_next_session(small, monkeypatch):
    whole = small(steps=25, **MEASURED)
    step = trainer.Trainer.train_step

    def last(self, batch):
        step(self, batch)
        if batch.step == 24:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(trainer.Trainer, "train_step", last)
    stopped = small(steps=25, **MEASURED)
    assert stopped.status == "interrupted"
    assert stopped.record["progress"]["step"] == 25
    resumed = artgan.resume(stopped, gallery=False)
    assert resumed.status == "finished"
    assert list(evaluations(resumed)) == list(evaluations(whole)) == [10, 20, 25]
    ends = [run.path / "samples" / "step-00000025.png" for run in (whole, resumed)]
    assert ends[0].read_bytes() == ends[1].read_bytes()
    assert (resumed.path / "samples" / "timelapse.webp").exists()


def test_going_on_from_before_the_best_sets_it_aside(small):
    run = small(steps=30, checkpoint_every=10, keep_checkpoints=0, **MEASURED)
    run.update(best={**run.record["best"], "step": 30})
    resumed = artgan.resume(run, checkpoint=10, steps=20, gallery=False)
    assert (resumed.path / "checkpoints" / "left-best.safetensors").exists()
    assert resumed.record["best"]["step"] == 20
    assert list(evaluations(resumed)) == [10, 20]


def test_measuring_takes_no_time_of_the_budget(small, monkeypatch):
    now = 0.0

    def clock():
        nonlocal now
        now += 0.01
        return now

    def measure(evaluator, trainer):
        nonlocal now
        now += 1000

    monkeypatch.setattr(trainer, "time", SimpleNamespace(perf_counter=clock))
    monkeypatch.setattr(periodic_evaluation.PeriodicEvaluation, "on_evaluation_due", measure)
    run = small(steps=40, time=100, **{**MEASURED, "evaluate_every": 1})
    assert run.record["progress"]["step"] == 40
    assert run.record["progress"]["seconds"] < 2


def test_what_is_wrong_is_told_before_training(small, tmp_path):
    with pytest.raises(UserError, match="Did you mean 'fid'"):
        small(evaluate_every=5, evaluate_metrics=["fit"])
    with pytest.raises(UserError, match="is needs class probabilities"):
        small(evaluate_every=5, evaluate_metrics=["is"], evaluate_features="random")
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
    run = small(steps=2)
    with pytest.raises(UserError, match="--evaluate-every keeps one"):
        run.checkpoint("best")


@pytest.mark.parametrize("values", [[5.0, 4.0, 4.5], [1000.0, 20.0, 3.0], [0.5, 0.5], [-0.1, 0.2, 0.0], [0.0, 0.0]])
def test_a_plot_is_drawn_of_any_values(tmp_path, values):
    points = [(100 * (number + 1), value) for number, value in enumerate(values)]
    curves = [Curve("fid", points, False, 0.01), Curve("recall", points, True)]
    with Image.open(plot(tmp_path / "quality.png", "Title", "caption", curves)) as picture:
        # The best point is marked in its own colour.
        assert any(colour[0] > 180 and colour[2] < 80 for _, colour in picture.getcolors(1 << 24))
