"""Trackers get the losses, the samples and the configuration; the real libraries write real files."""

import importlib.util
import sqlite3

import pytest

import artgan
from artgan.plugins.loading import registry
from artgan.plugins.specs import TrackerSpec
from artgan.training import tracker
from artgan.training.events import Evaluated, Finished, Notice, Started, Step, WentBack

BRIEF = {"options": {"hidden": (16,)}, "batch_size": 16, "sample_every": 10}


@pytest.fixture
def trackers(monkeypatch):
    """All trackers, those that other tests do without too."""
    monkeypatch.delenv("ARTGAN_DISABLE", raising=False)
    registry.cache_clear()
    yield registry().of(TrackerSpec)
    registry.cache_clear()


@pytest.fixture
def own(monkeypatch, trackers):
    """Makes a class the tracker ``own``."""

    def make(kind):
        spec = artgan.TrackerSpec("own", "A test's", kind)
        monkeypatch.setitem(trackers, "own", spec)
        monkeypatch.setattr(registry().plugins[0], "specs", [*registry().plugins[0].specs, spec])

    return make


def needs(library):
    return pytest.mark.skipif(importlib.util.find_spec(library) is None, reason=f"{library} isn't installed")


@needs("tensorboard")
def test_tensorboard_listens_by_default_and_goes_on_when_resumed(train, trackers):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = train(**BRIEF)
    artgan.resume(run, steps=40)
    events = EventAccumulator(str(run.path / "tensorboard"))
    events.Reload()
    assert {"generator", "discriminator", "D(real)", "D(fake)"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("generator")] == [10, 20, 30, 40]
    pictures = events.Images("samples")
    assert pictures[-1].step == 40
    assert pictures[0].encoded_image_string.startswith(b"\x89PNG")
    text = events.Tensors("configuration/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "| options.lr_g |" in text
    assert "| model | mlp |" in text


@needs("tensorboard")
def test_tensorboard_hides_what_came_after_a_step_that_a_training_went_back_to(train, trackers):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = train(track=["none"], **BRIEF)
    tracked = trackers["tensorboard"].load()(run)
    tracked(Started(run, "cpu", "32-true", 640, 40, 0, 20, None))
    for step in (10, 20, 30):
        tracked(Step(step, 16 * step, 1.0, 0.5, {"generator": float(step)}))
    tracked(WentBack(10))
    tracked(Evaluated(20, "fid", 99.0, False))
    tracked(Finished(run, 20, 320, 1.0, None))
    events = EventAccumulator(str(run.path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("generator")] == [10]
    assert [event.value for event in events.Scalars("fid")] == [99.0]


@needs("tensorboard")
def test_none_means_none(train, trackers):
    assert not (train(track=["none"], **BRIEF).path / "tensorboard").exists()


@needs("wandb")
def test_wandb_offline(train, trackers, monkeypatch):
    import wandb

    monkeypatch.setenv("WANDB_MODE", "offline")
    run = train(track=["wandb"], **BRIEF)
    wandb.teardown()  # it remembers the mode
    (path,) = (run.path / "wandb").glob("offline-run-*/*.wandb")
    kept = path.read_bytes()
    for key in (b"options.lr_g", b"generator", b"D(real)", b"samples"):
        assert key in kept
    assert len(list(path.parent.glob("files/media/images/*.png"))) == 3


@needs("wandb")
def test_wandb_without_an_account_is_dropped_with_one_notice(train, trackers, monkeypatch, tmp_path):
    for name in ("WANDB_MODE", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    notices = []
    run = train(track=["wandb"], listeners=[lambda e: notices.append(e.text) if isinstance(e, Notice) else 0], **BRIEF)
    assert run.status == "finished"
    assert len([text for text in notices if "wandb" in text]) == 1
    assert "WANDB_MODE=offline" in notices[0]


@needs("mlflow")
def test_mlflow_in_a_folder(train, trackers, monkeypatch, tmp_path):
    from mlflow.tracking import MlflowClient

    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlflow").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    run = train(track=["mlflow"], **BRIEF)
    artgan.resume(run, steps=40)
    client = MlflowClient()
    (tracked,) = client.search_runs([client.get_experiment_by_name("artgan").experiment_id])
    assert tracked.info.run_name == run.name
    assert tracked.info.status == "FINISHED"
    assert tracked.data.params["options.hidden"] == "[16]"
    assert [metric.step for metric in client.get_metric_history(tracked.info.run_id, "D real")] == [10, 20, 30, 40]
    assert any(file.path.endswith(".png") for file in client.list_artifacts(tracked.info.run_id, "images"))


@needs("trackio")
def test_trackio_on_this_machine(train, trackers, monkeypatch, tmp_path, capsys):
    import trackio.sqlite_storage

    for module in (trackio.sqlite_storage, trackio.utils, trackio):
        if hasattr(module, "TRACKIO_DIR"):
            monkeypatch.setattr(module, "TRACKIO_DIR", tmp_path / "trackio")
    run = train(track=["trackio"], **BRIEF)
    assert run.status == "finished"
    with sqlite3.connect(tmp_path / "trackio" / "artgan.db") as database:
        rows = " ".join(str(row) for row in database.execute("select * from metrics"))
    assert "generator" in rows
    assert "trackio.image" in rows


def test_a_tracker_gets_everything(train, own):
    told = []

    class Own(artgan.Tracker):
        def start(self, event):
            told.append(("start", event.first_step, self.configuration()["options.latent_dim"]))

        def log(self, step, metrics):
            told.append(("log", step, sorted(metrics)))

        def show(self, step, sheet):
            told.append(("show", step, sheet.shape[2], sheet.dtype.name))

        def finish(self, status):
            told.append(("finish", status))

    own(Own)
    run = train(track=["own"], **BRIEF)
    names = ["D(fake)", "D(real)", "discriminator", "generator", "r1"]
    assert told[0] == ("start", 0, 100)
    assert ("log", 10, names) in told
    assert ("show", 20, 3, "uint8") in told
    assert told[-1] == ("finish", "finished")
    assert run.record["config"]["track"] == ["own"]


@pytest.mark.parametrize("where", ["__init__", "start", "log", "finish"])
def test_a_tracker_that_raises_is_dropped_with_one_notice(train, own, where):
    def fail(self, *arguments):
        raise RuntimeError("no route to host")

    own(type("Own", (artgan.Tracker,), {where: fail}))
    notices = []
    run = train(track=["own"], listeners=[lambda e: notices.append(e.text) if isinstance(e, Notice) else 0], **BRIEF)
    assert run.status == "finished"
    (notice,) = notices
    assert "tracker 'own' (plugin " in notice
    assert "no route to host" in notice


def test_names_and_missing_libraries_are_told_before_training(train, own):
    with pytest.raises(artgan.UserError, match="Did you mean 'mlflow'"):
        train(track=["mlfow"])

    class Own(artgan.Tracker):
        requires = ("no_such_library",)
        install = "artgan-own[all]"

    own(Own)
    with pytest.raises(artgan.UserError, match=r"no_such_library, which isn't installed: pip install 'artgan-own\[all"):
        train(track=["own"])


def test_a_tracker_by_default_needs_its_library(monkeypatch, trackers):
    spec = trackers["tensorboard"]
    monkeypatch.setattr(spec.load(), "available", classmethod(lambda cls: False))
    assert tracker.choose(None) == {}
