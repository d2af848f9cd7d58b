"""Events of a training run. Listeners are called with each of them, in process 0 only."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from artgan.data.auto_settings import AutoSetting
    from artgan.runs.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Preparing:
    """Progress before training: ``what`` ("downloading mnist", "preparing mnist"), done of total."""

    what: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Settings that were chosen by a look at the images; sent once before a run starts, even if there are none."""

    choices: "tuple[AutoSetting, ...]"


@dataclass(frozen=True, slots=True)
class Started:
    """Training starts: the first step comes next.

    Attributes:
        run: the run, with its folder created and its configuration written.
        device: ``"cpu"``, ``"cuda:0"``, …; for several processes ``"cpu x 2"``.
        precision: a Lightning Fabric precision, such as ``"bf16-mixed"``.
        images: number of images in the data set.
        steps_per_epoch: steps until each image has been shown once.
        first_step: 0, or where a resumed run continues.
        max_steps, max_seconds: the budget; None if not limited. Seconds count the loop's time over all sessions.
    """

    run: "RunFolder"
    device: str
    precision: str
    images: int
    steps_per_epoch: int
    first_step: int
    max_steps: int | None
    max_seconds: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step is done. Not sent at every step, but at every tenth, and at least twice a second.

    Attributes:
        step: steps done.
        images: real images shown so far.
        seconds: the loop's time so far.
        fraction: of the budget, in [0, 1].
        metrics: means over the last ten steps by name (the losses under their phases' names) if there are new ones,
            else None. The windows depend on the step only, so that two equal runs log the same lines.
    """

    step: int
    images: int
    seconds: float
    fraction: float
    metrics: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Samples:
    """Images of the same latents each time: uint8 (N, C, H, W), made by the averaged networks after ``step``."""

    step: int
    images: "Tensor"


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """A checkpoint was written."""

    step: int
    path: Path


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The averaged networks were evaluated.

    Attributes:
        step: steps done.
        metric, value, higher_is_better: the metric that selects the best checkpoint: its name, value and direction.
        figures: all values by name.
        images, seconds: as in :class:`Step`; evaluations don't count towards the seconds.
    """

    step: int
    metric: str
    value: float
    higher_is_better: bool
    figures: Mapping[str, float] = field(default_factory=dict)
    images: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class WentBack:
    """The training had diverged, and continues from its state after ``step``: later events don't count any more."""

    step: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The loop has ended, with a checkpoint: the budget is spent, or ``signal`` interrupted it."""

    run: "RunFolder"
    step: int
    images: int
    seconds: float
    signal: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The loop ended with an error."""

    run: "RunFolder"
    step: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the user, such as a warning, or that a listener failed and was dropped."""

    text: str


Event = (
    Preparing | Chosen | Started | Step | Samples | CheckpointSaved | Evaluated | WentBack | Finished | Failed | Notice
)
Listener = Callable[[Event], None]


class Stage(IntEnum):
    """The order in which listeners receive an event: lower stages first."""

    RECORD = 0
    """Keeps the run's own files, so that they are up to date when others read them."""
    OBSERVE = 1
    """Listeners that the user gave."""
    REPORT = 2
    """Comments on the training, or sends it elsewhere."""


class Broadcast:
    """Sends events to listeners, by stage and within one in the order in which they were added.

    A listener that fails is dropped, the others get a notice, and training continues.
    """

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._entries: list[tuple[Stage, Listener, str]] = []
        for listener in listeners:
            self.add(listener, stage=Stage.OBSERVE)

    def add(self, listener: Listener, name: str | None = None, stage: Stage = Stage.REPORT) -> None:
        """Add a listener; ``name`` is what a notice calls it (None: the function's or class's name)."""
        if name is None:
            name = str(getattr(listener, "__qualname__", type(listener).__qualname__))
        self._entries.append((stage, listener, name))
        self._entries.sort(key=lambda entry: entry[0])

    def __call__(self, event: Event) -> None:
        """Send ``event`` to all listeners."""
        for entry in list(self._entries):
            _, listener, name = entry
            try:
                listener(event)
            except Exception as error:
                self._entries = [other for other in self._entries if other is not entry]
                self(Notice(f"{name} failed and was turned off: {type(error).__name__}: {error}"))
