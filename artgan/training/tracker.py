"""The contract of a tracker, which keeps the course of trainings somewhere people look at; and who tracks a run."""

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from artgan.config import NOBODY
from artgan.errors import UserError
from artgan.imaging.contact_sheet import contact_sheet
from artgan.plugins.loading import PluginWarning, cause, describe, load_class, registry
from artgan.plugins.specs import TrackerSpec
from artgan.runs.folder import RunFolder
from artgan.training.events import (
    Broadcast,
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

SHEET_ROWS = 8


class Tracker:
    """A listener of one run. Subclass it, and name the subclass in a :class:`artgan.TrackerSpec`.

    It is made in the main process, when training starts, and then called with every event of
    :mod:`artgan.training.events`. Override what you need of :meth:`start`, :meth:`log`, :meth:`show`,
    :meth:`go_back` and :meth:`finish`, or :meth:`__call__` for other events. Whatever it raises switches it off, and
    training goes on.

    Class attributes:
        requires: modules it can't do without; import them in its methods.
        install: what installs them, as an argument of pip.
    """

    requires: ClassVar[tuple[str, ...]] = ()
    install: ClassVar[str] = ""

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    @property
    def run_id(self) -> str:
        """The run's name and when it began, as a name that no other run has, resumed or not."""
        began = hashlib.sha256(self.run.details.created.encode()).hexdigest()
        return f"{self.run.name}-{began[:8]}"

    @classmethod
    def available(cls) -> bool:
        """Whether the modules it requires are installed."""
        return all(_is_installed(name) for name in cls.requires)

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case Started():
                self.start(event)
            case Step(metrics=dict(metrics)):
                self.log(event.step, metrics)
            case Evaluated():
                self.log(event.step, dict(event.figures) or {event.metric: event.value})
            case WentBack():
                self.go_back(event.step)
            case Samples():
                self.show(event.step, sheet(event))
            case Finished():
                self.finish("finished" if event.signal is None else "interrupted")
            case Failed():
                self.finish("failed")

    def start(self, event: Started) -> None:
        """The first step comes next, ``event.first_step``: 0, or more if the run is resumed."""

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """Means by name over the steps before ``step``."""

    def go_back(self, step: int) -> None:
        """The training had diverged and begins again after ``step``: what was logged later doesn't count."""

    def show(self, step: int, sheet: NDArray[np.uint8]) -> None:
        """Images of the same latents as last time: a contact sheet, (H, W, C) uint8, C is 3 or 4."""

    def finish(self, status: str) -> None:
        """The session ends: ``"finished"``, ``"interrupted"`` (it may be resumed) or ``"failed"``."""

    def configuration(self) -> dict[str, str | int | float | bool]:
        """What decides this run, as flat pairs: ``{"model": …, "options.width": 64, …}``."""
        known = self.run.details
        config = {**known.config.to_json(), "options": known.model.options, "data_options": known.data.options}
        return dict(_flat(config))


def sheet(event: Samples) -> NDArray[np.uint8]:
    """The samples as one picture, (H, W, 3 or 4) uint8."""
    images = event.images.permute(0, 2, 3, 1).contiguous().numpy()
    picture = contact_sheet(images, max(1, len(images) // SHEET_ROWS))
    return np.asarray(picture.convert("RGBA" if picture.mode in ("RGBA", "LA") else "RGB"))


Chosen = dict[str, tuple[TrackerSpec, type[Tracker]]]


def choose(names: Iterable[str] | None) -> Chosen:
    """Specs and classes of the trackers called ``names``; if None, of those that listen unless told otherwise.

    Raises:
        UserError: if there is none called so, or its library isn't installed.
        ArtganError: if one can't be imported.
    """
    known = registry()
    chosen: Chosen = {}
    if names is None:
        for name, spec in known.of(TrackerSpec).items():
            try:
                if spec.default and (kind := load_class(spec, Tracker)).available():
                    chosen[name] = spec, kind
            except Exception as error:  # nobody has asked for it
                warnings.warn(f"{cause(error)} The training goes without it.", PluginWarning, stacklevel=2)
        return chosen
    for name in names:
        if name == NOBODY:
            continue
        spec = known.find(TrackerSpec, name)
        kind = load_class(spec, Tracker)
        if not kind.available():
            advice = f": pip install '{kind.install}'" if kind.install else ""
            raise UserError(f"The tracker {name} needs {', '.join(kind.requires)}, which isn't installed{advice}.")
        chosen[name] = spec, kind
    return chosen


def attach(chosen: Chosen, run: RunFolder, emit: Broadcast) -> None:
    """Have trackers listen to ``run``; one that can't be made is left out, with a notice."""
    for spec, kind in chosen.values():
        label = describe(spec)
        try:
            tracker = kind(run)
        except Exception as error:
            emit(Notice(f"The {label} failed and is switched off: {cause(error)}"))
        else:
            emit.add(tracker, f"The {label}")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even its package
        return False


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str | int | float | bool]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value if isinstance(value, (str, int, float, bool)) else str(value)
