"""Checks that a tracker fulfils the contract of :class:`artgan.Tracker`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from artgan.api.run import Run
from artgan.config import make_config
from artgan.plugins.specs import Spec, TrackerSpec
from artgan.runs.entries import ConfigRecord, DataRecord, ModelRecord, Progress
from artgan.runs.record import Entries
from artgan.testing.expect import Unchecked, calling, expect, find_class
from artgan.testing.suite import Suite, check
from artgan.training.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Failed,
    Finished,
    Notice,
    Samples,
    Started,
    Step,
    WentBack,
)
from artgan.training.tracker import Tracker

METRICS = {"generator": 0.7, "discriminator": 1.3, "D(real)": 0.61}
INTERRUPT = 2


def check_tracker(tracker: str | type[Tracker]) -> None:
    """Check that a tracker handles all events of a run, however it ends.

    Its library must be installed, and it must work without a network.

    Args:
        tracker: the class, or the name of an installed tracker.

    Raises:
        AssertionError: if a check fails.
    """
    TrackerSuite(find_class(tracker, Tracker, TrackerSpec)).run()


class TrackerSuite(Suite):
    """The checks of a tracker."""

    kind = TrackerSpec

    def __init__(self, tracker: type[Tracker], spec: Spec | None = None) -> None:
        """See :func:`check_tracker`."""
        super().__init__(spec.name if spec else tracker.__name__, spec)
        self.tracker, self.name = tracker, tracker.__name__

    def follow(self, *endings: Event | None) -> None:
        """Send it the events of a run: one session per ending, resumed in between; None is a killed process."""
        if not self.tracker.available():
            raise Unchecked(f"{', '.join(self.tracker.requires)} isn't installed")
        with tempfile.TemporaryDirectory() as folder:
            run = _run(Path(folder))
            for session, ending in enumerate(endings):
                with calling(f"{self.name}(run)"):
                    tracker = self.tracker(run)
                for event in (*_session(run, 20 * session), *([ending] if ending else [])):
                    what = f"{self.name}, given the event {type(event).__name__},"
                    try:
                        tracker(event)
                    except Exception as error:  # an assertion of its own, too
                        raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error

    @check("If its library is missing, artgan says how to install it.", "artgan.Tracker")
    def class_attributes(self) -> None:
        """Check that it says what it requires, and whether that is available."""
        name, kind = self.name, self.tracker
        expect(
            isinstance(kind.requires, tuple) and all(isinstance(module, str) for module in kind.requires),
            f"{name}.requires is {kind.requires!r}, not a tuple of module names.",
        )
        expect(isinstance(kind.install, str), f"{name}.install is {kind.install!r}, not a string.")
        expect(
            not kind.requires or kind.install,
            f"{name} requires {', '.join(kind.requires)}, but its `install` doesn't say what to install.",
        )
        with calling(f"{name}.available()"):
            found = kind.available()
        expect(isinstance(found, bool), f"{name}.available() returned {found!r}, not a bool.")

    @check("A tracker that raises is switched off for the rest of the run.", "artgan.Tracker")
    def finished(self) -> None:
        """Check that it follows a run from start to finish."""
        self.follow(_finished(None))

    @check("Runs are often interrupted and resumed, and remain one run.", "artgan.Tracker.finish")
    def resumed(self) -> None:
        """Check that it follows a run that was interrupted, resumed, killed and resumed again."""
        self.follow(_finished(INTERRUPT), None, _finished(None))

    @check("Failed runs are the ones that people look into.", "artgan.Tracker.finish")
    def failed(self) -> None:
        """Check that it follows a run that fails."""
        self.follow(Failed(None, 20, RuntimeError("out of paint")))  # type: ignore[arg-type]

    @check("All listeners receive the same event object.", "artgan.Tracker.log")
    def leaves_events_alone(self) -> None:
        """Check that it doesn't modify metrics or images."""
        if not self.tracker.available():
            raise Unchecked(f"{', '.join(self.tracker.requires)} isn't installed")
        metrics, images = dict(METRICS), torch.arange(4 * 64, dtype=torch.uint8).reshape(4, 1, 8, 8)
        kept = images.clone()
        with tempfile.TemporaryDirectory() as folder:
            run = _run(Path(folder))
            tracker = self.tracker(run)
            for event in (_started(run, 0), Step(10, 80, 1.0, 0.5, metrics), Samples(10, images), _finished(None)):
                tracker(event)
        expect(metrics == METRICS, f"{self.name} modifies the metrics it is given: {metrics}.")
        expect(torch.equal(images, kept), f"{self.name} modifies the images it is given.")


def _run(folder: Path) -> Run:
    entries: Entries = {
        "config": ConfigRecord.parse(make_config({}).values()),
        "status": "running",
        "model": ModelRecord(options={"width": 8, "hidden": [32, 16], "recipe": None}),
        "data": DataRecord(shape=(1, 8, 8), labels=("zero", "one"), images=160),
        "plugins": {},
        "progress": Progress(),
    }
    return Run.create(folder, "trial", "trial", entries)


def _session(run: Run, first: int) -> Sequence[Event]:
    images = torch.arange(4 * 64, dtype=torch.uint8).reshape(4, 1, 8, 8)
    path = run.path / "checkpoints" / f"step-{first + 20:08d}.safetensors"
    return (
        _started(run, first),
        Samples(first, images),
        Step(first + 10, 8 * (first + 10), 1.0, 0.4, dict(METRICS)),
        Step(first + 15, 8 * (first + 15), 1.5, 0.5, None),
        Notice("a line for the user"),
        Step(first + 20, 8 * (first + 20), 2.0, 0.6, dict(METRICS)),
        Samples(first + 20, images),
        CheckpointSaved(first + 20, path),
        Evaluated(first + 20, "quality", 31.4, False, {"quality": 31.4, "variety": 0.02}),
        WentBack(first + 10),
        Step(first + 20, 8 * (first + 20), 3.0, 0.6, dict(METRICS)),
    )


def _started(run: Run, first: int) -> Started:
    return Started(run, "cpu", "32-true", 160, 20, first, 60, None)


def _finished(signal: int | None) -> Finished:
    return Finished(None, 20, 160, 2.0, signal)  # type: ignore[arg-type]
