"""The contract of trackers, which send runs to a dashboard or a file, and the choice of a run's trackers."""

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from artgan.config import NO_TRACKER
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
    """Listens to one run. Subclass it, and name the subclass in a :class:`artgan.TrackerSpec`.

    A tracker is created in the main process, when training starts, and then called with every event of
    :mod:`artgan.training.events`. Override what you need of :meth:`start`, :meth:`log`, :meth:`show`,
    :meth:`go_back` and :meth:`finish`, or :meth:`__call__` for other events. Any exception turns it off, and training
    continues.

    Class attributes:
        requires: modules that it needs; import them in its methods.
        install: the pip argument that installs them.
    """

    requires: ClassVar[tuple[str, ...]] = ()
    install: ClassVar[str] = ""

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    @property
    def run_id(self) -> str:
        """A name that identifies the run across sessions, made from its own name and when it was created."""
        began = hashlib.sha256(self.run.details.created.encode()).hexdigest()
        return f"{self.run.name}-{began[:8]}"

    @classmethod
    def available(cls) -> bool:
        """Return whether the modules it requires are installed."""
        return all(_is_installed(name) for name in cls.requires)

    def __call__(self, event: Event) -> None:
        """Receive an event."""
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
        """Start tracking, after ``event.first_step`` steps: 0, or more if the run is resumed."""

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """Log means by name over the steps before ``step``."""

    def go_back(self, step: int) -> None:
        """Go back to ``step``: the training had diverged, and what was logged later doesn't count."""

    def show(self, step: int, sheet: NDArray[np.uint8]) -> None:
        """Show images of the same latents as last time: a contact sheet, (H, W, C) uint8, C is 3 or 4."""

    def finish(self, status: str) -> None:
        """End the session: ``"finished"``, ``"interrupted"`` (it may be resumed) or ``"failed"``."""

    def configuration(self) -> dict[str, str | int | float | bool]:
        """Return the run's configuration as flat pairs: ``{"model": …, "options.width": 64, …}``."""
        known = self.run.details
        config = {**known.config.to_json(), "options": known.model.options, "data_options": known.data.options}
        return dict(_flat(config))


def sheet(event: Samples) -> NDArray[np.uint8]:
    """Return the samples as one picture, (H, W, 3 or 4) uint8."""
    images = event.images.permute(0, 2, 3, 1).contiguous().numpy()
    picture = contact_sheet(images, max(1, len(images) // SHEET_ROWS))
    return np.asarray(picture.convert("RGBA" if picture.mode in ("RGBA", "LA") else "RGB"))


Chosen = dict[str, tuple[TrackerSpec, type[Tracker]]]


def choose(names: Iterable[str] | None) -> Chosen:
    """Return specs and classes of the trackers called ``names``; if None, of those that are on by default.

    Raises:
        UserError: if there is no such tracker, or its library isn't installed.
        ArtganError: if one can't be imported.
    """
    known = registry()
    chosen: Chosen = {}
    if names is None:
        for name, spec in known.of(TrackerSpec).items():
            try:
                if spec.default and (kind := load_class(spec, Tracker)).available():
                    chosen[name] = spec, kind
            except Exception as error:  # it wasn't asked for
                warnings.warn(f"{cause(error)} Training without it.", PluginWarning, stacklevel=2)
        return chosen
    for name in names:
        if name == NO_TRACKER:
            continue
        spec = known.find(TrackerSpec, name)
        kind = load_class(spec, Tracker)
        if not kind.available():
            advice = f": pip install '{kind.install}'" if kind.install else ""
            raise UserError(f"The tracker {name} needs {', '.join(kind.requires)}, which isn't installed{advice}.")
        chosen[name] = spec, kind
    return chosen


def attach(chosen: Chosen, run: RunFolder, emit: Broadcast) -> None:
    """Add trackers of ``run`` to its listeners; leave out those that can't be created, with a notice."""
    for spec, kind in chosen.values():
        label = describe(spec)
        try:
            tracker = kind(run)
        except Exception as error:
            emit(Notice(f"The {label} failed and was turned off: {cause(error)}"))
        else:
            emit.add(tracker, f"The {label}")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its package is missing, too
        return False


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str | int | float | bool]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", value if isinstance(value, (str, int, float, bool)) else str(value)
