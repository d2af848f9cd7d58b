"""Promises to callbacks: their order, their state in checkpoints, and that they may stop a training."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from artgan.build import build_model
from artgan.config import make_config
from artgan.data.dataset import ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared
from artgan.runs.checkpoint_file import load_header
from artgan.training import checkpoint
from artgan.training.budget import Budget
from artgan.training.callback import Callback, Callbacks
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Notice, Stage, Step
from artgan.training.interrupts import Interrupts
from artgan.training.schedule import Schedule
from artgan.training.trainer import Trainer

STEP = Step(10, 80, 1.0, 0.5, {"generator": 1.0})


class Recorder(Callback):
    """Writes down what it is called with, and keeps the number of steps that it has heard of as its state."""

    name = "recorder"

    def __init__(self, heard, stop_at=None):
        self.heard, self.stop_at, self.steps = heard, stop_at, 0

    def __call__(self, event):
        self.heard.append("record")
        if isinstance(event, Step):
            self.steps += 1
            self.stop_requested = event.step == self.stop_at

    def state(self):
        return {"steps": self.steps}

    def restore(self, state, step):
        self.steps = state.get("steps", 0)
        self.heard.append(("restored", step))


class Reporter(Recorder):
    """The same, after the user's listeners."""

    name = ""
    stage = Stage.REPORT

    def __call__(self, event):
        self.heard.append("report")


class Failing(Callback):
    """Raises at every event, and saves checkpoints nevertheless."""

    saved = 0

    def __call__(self, event):
        raise ValueError("oops")

    def on_checkpoint_due(self, training, required):
        self.saved += 1
        if training.step > 20:
            raise OSError("no more")


def train(callbacks, steps=40, **schedule):
    info = ImageInfo(1, 8, 8, ())
    pixels = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 1), dtype=np.uint8)
    torch.manual_seed(0)
    engine = Engine(make_config({"device": "cpu", "precision": "32-true"}))
    model = build_model("mlp", {"hidden": "8", "latent_dim": 4}, info)
    feed = Feed(Prepared(pixels, None, info, "", Path()), 8, 0, engine.device)
    return Trainer(engine, model, feed, Budget(steps, None), schedule=Schedule(**schedule), callbacks=callbacks)


def run(trainer):
    with Interrupts() as interrupts:
        trainer.run(interrupts)
    return trainer


def test_those_that_keep_files_are_called_before_the_users_listeners_and_reports_after_them():
    heard = []
    emit = Broadcast([lambda event: heard.append("user")])
    Callbacks([Reporter(heard), Recorder(heard)], emit)
    emit.add(lambda event: heard.append("tracker"), "A tracker")
    emit(STEP)
    assert heard == ["record", "user", "report", "tracker"]


def test_one_that_fails_at_an_event_hears_no_more_and_keeps_its_duties_which_may_end_the_training():
    notices = []
    failing = Failing()
    emit = Broadcast([lambda event: notices.append(event.text) if isinstance(event, Notice) else None])
    with pytest.raises(OSError, match="no more"):
        run(train(Callbacks([failing], emit), checkpoint_every=10))
    assert failing.saved == 3
    assert notices == ["Failing failed and was turned off: ValueError: oops"]


def test_a_callback_may_stop_the_training():
    trainer = run(train(Callbacks([Recorder([], stop_at=20)])))
    assert trainer.stopping
    assert trainer.step == 20


def test_state_is_kept_in_checkpoints_under_the_callbacks_name_and_given_back(tmp_path):
    path = tmp_path / "step-00000040.safetensors"
    trainer = run(train(Callbacks([Recorder([]), Reporter([])])))
    checkpoint.save(path, trainer)
    kept = json.loads(load_header(path)["progress"])
    assert kept["recorder"] == {"steps": trainer.callbacks.state()["recorder"]["steps"]}
    assert kept["recorder"]["steps"] >= 4
    heard = []
    other = Recorder(heard)
    resumed = train(Callbacks([other]))
    resumed.callbacks.restore(checkpoint.load_for_training(path, resumed), resumed.step)
    assert (heard, other.steps) == ([("restored", 40)], kept["recorder"]["steps"])
