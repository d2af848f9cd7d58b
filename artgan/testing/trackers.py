"""Checks that a tracker keeps the contract of :class:`artgan.Tracker`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from artgan.api.run import Run
from artgan.config import make_config
from artgan.plugins.specs import Spec, TrackerSpec
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
    """Check that a tracker takes in all that happens to a run, whichever way it ends.

    What it needs must be installed, and it must be able to work without a network.

    Args:
        tracker: the class, or the name of an installed tracker.

    Raises:
        AssertionError: at the first thing that is wrong.
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
        """Have it follow a run: a session for each ending, the later ones resumed; None is a killed process."""
        if not self.tracker.available():
            raise Unchecked(f"{', '.join(self.tracker.requires)} isn't installed")
        with tempfile.TemporaryDirectory() as folder:
            run = _run(Path(folder))
            for session, ending in enumerate(endings):
                with calling(f"{self.name}(run)"):
                    tracker = self.tracker(run)
                for event in (*_session(run, 20 * session), *([ending] if ending else [])):
                    what = f"{self.name}, told of {type(event).__name__},"
                    try:
                        tracker(event)
                    except Exception as error:  # an assertion of its own, too
                        raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error

    @check("Without its library a tracker is left out with a word of how to install it.", "artgan.Tracker")
    def class_attributes(self) -> None:
        """It says what it requires, and whether that is there."""
        name, kind = self.name, self.tracker
        expect(
            isinstance(kind.requires, tuple) and all(isinstance(module, str) for module in kind.requires),
            f"{name}.requires is {kind.requires!r}, not a tuple of names of modules.",
        )
        expect(isinstance(kind.install, str), f"{name}.install is {kind.install!r}, not a text.")
        expect(
            not kind.requires or kind.install,
            f"{name} requires {', '.join(kind.requires)} and doesn't say in `install` what installs that.",
        )
        with calling(f"{name}.available()"):
            found = kind.available()
        expect(isinstance(found, bool), f"{name}.available() returned {found!r}, not a bool.")

    @check("A tracker that raises is switched off, and the rest of the run isn't tracked.", "artgan.Tracker")
    def finished(self) -> None:
        """It follows a run from its start to its end."""
        self.follow(_finished(None))

    @check("Runs are interrupted and resumed all the time, and it is one run still.", "artgan.Tracker.finish")
    def resumed(self) -> None:
        """It follows a run that was interrupted, resumed, killed and resumed again."""
        self.follow(_finished(INTERRUPT), None, _finished(None))

    @check("A failed run is the one that people look at.", "artgan.Tracker.finish")
    def failed(self) -> None:
        """It follows a run that fails."""
        self.follow(Failed(None, 20, RuntimeError("out of paint")))  # type: ignore[arg-type]

    @check("All listeners are given the same event.", "artgan.Tracker.log")
    def leaves_events_alone(self) -> None:
        """Metrics and images are the same afterwards."""
        if not self.tracker.available():
            raise Unchecked(f"{', '.join(self.tracker.requires)} isn't installed")
        metrics, images = dict(METRICS), torch.arange(4 * 64, dtype=torch.uint8).reshape(4, 1, 8, 8)
        kept = images.clone()
        with tempfile.TemporaryDirectory() as folder:
            run = _run(Path(folder))
            tracker = self.tracker(run)
            for event in (_started(run, 0), Step(10, 80, 1.0, 0.5, metrics), Samples(10, images), _finished(None)):
                tracker(event)
        expect(metrics == METRICS, f"{self.name} changes the metrics that it is told: {metrics}.")
        expect(torch.equal(images, kept), f"{self.name} changes the images that it is shown.")


def _run(folder: Path) -> Run:
    config = make_config({}).values()
    record: dict[str, Any] = {
        "config": config,
        "status": "running",
        "model": {"options": {"width": 8, "hidden": [32, 16], "recipe": None}},
        "data": {"shape": [1, 8, 8], "labels": ["zero", "one"], "images": 160, "options": {}},
        "plugins": {},
        "progress": {},
    }
    return Run.create(folder, "rehearsal", "rehearsal", record)


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
