"""A watch over a training: it tells a failing one from a slow start, in plain words, and what may help.

It looks only at what the loop tells everybody (:mod:`artgan.training.events`): means of what the discriminator takes
images for, sample sheets, evaluations. That costs next to nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from artgan.errors import ArtganError
from artgan.models.losses import FAKE, REAL
from artgan.runs.entries import AlarmRecord
from artgan.runs.folder import RunFolder
from artgan.training.diversity import variety
from artgan.training.events import Evaluated, Event, Notice, Samples, Step, WentBack

# Means of ten steps are trusted when they have said the same for so many steps.
PATIENCE_STEPS = 500
# D(real) - D(fake), between -1 and 1: above, the discriminator is never wrong; below, it guesses.
WON, LOST = 0.985, 0.005
# Variety of the samples as a share of the data's: below, few modes are left. Healthy trainings have 0.4 and more once
# shapes have come.
COLLAPSED, HEALTHY = 0.1, 0.4
# Until so many images were shown, sheets may vary as noise does, and say nothing of what was learnt.
NOISE_IMAGES = 20_000
# The networks of the first papers take so long until their pictures vary at all.
SLOW_START_IMAGES = 500_000
SHEETS_IN_A_ROW = 3
# So many evaluations in a row, each so much worse than the best one.
EVALUATIONS_IN_A_ROW, WORSE = 3, 0.1

WON_KIND, LOST_KIND, COLLAPSED_KIND, FALLING_KIND = "discriminator won", "discriminator lost", "collapsed", "falling"


class FailureMonitor:
    """A listener that sends a :class:`Notice` for each way in which a training fails, once each.

    What it has said is kept in the run's record under ``alarms``.

    Attributes:
        when_failed: called when the training is beyond hope as it goes on now.
    """

    def __init__(self, run: RunFolder, emit: Callable[[Event], None], data_variety: float) -> None:
        """``data_variety``: of as many real images as a sample sheet has."""
        self.run, self.emit, self.data_variety = run, emit, data_variety
        self.options: Mapping[str, Any] = run.details.model.options
        self.alarms = list(run.details.alarms)
        self.when_failed: Callable[[], None] = lambda: None
        self.images = 0
        self._since: dict[str, int] = {}
        self._sheets: list[float] = []
        self._best_variety = 0.0
        self._evaluations: dict[str, list[tuple[int, float]]] = {}

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case Step():
                if event.metrics is not None:  # what comes in between comes by the clock
                    self.images = event.images
                    self._look_at_logits(event.step, event.metrics)
            case Samples():
                self._look_at_samples(event)
            case Evaluated():
                self._look_at_quality(event)
            case WentBack():
                self._since.clear()
                self._sheets.clear()
                self._forget_after(event.step)

    def state(self) -> dict[str, Any]:
        """What it knows, as JSON: a checkpoint keeps it, so that a resumed training fails when the other would."""
        return {
            "images": self.images,
            "since": dict(self._since),
            "sheets": list(self._sheets),
            "best_variety": self._best_variety,
            "evaluations": {name: [list(entry) for entry in known] for name, known in self._evaluations.items()},
        }

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Go on with a checkpoint's :meth:`state`; what was said of later than ``step`` isn't so yet."""
        self._forget_after(step)
        if state:
            self.images, self._best_variety = state.get("images", 0), state.get("best_variety", 0.0)
            self._since, self._sheets = dict(state.get("since", {})), list(state.get("sheets", []))
            known = state.get("evaluations", {}).items()
            self._evaluations = {
                name: [(one[0], one[1]) for one in entries if len(one) == 2] for name, entries in known
            }

    def _forget_after(self, step: int) -> None:
        """Forget what was said and measured of later: the training goes another way."""
        early = [alarm for alarm in self.alarms if alarm.step <= step]
        if early != self.alarms:
            self.alarms = early
            self.run.update(alarms=tuple(early))
        self._evaluations = {
            name: [entry for entry in known if entry[0] <= step] for name, known in self._evaluations.items()
        }

    def _look_at_logits(self, step: int, metrics: Mapping[str, float]) -> None:
        real, fake = metrics.get(REAL), metrics.get(FAKE)
        if real is None or fake is None:
            return
        seen = f"D(real) {real:.3f}, D(fake) {fake:.3f} for {PATIENCE_STEPS} steps"
        if self._lasts(WON_KIND, step, real - fake > WON):
            self._say(
                WON_KIND,
                step,
                f"The discriminator has won ({seen}): it is never wrong, and the generator learns next to nothing. "
                f"Start again with a weaker one: {self._advice_to_weaken()}.",
            )
        if self._lasts(LOST_KIND, step, real - fake < LOST):
            self._say(
                LOST_KIND,
                step,
                f"The discriminator has lost ({seen}): it guesses, and the generator learns nothing from it. "
                f"Start again with a stronger one: {self._advice_to_strengthen()}.",
            )

    def _lasts(self, kind: str, step: int, holds: bool) -> bool:
        """Whether something has held since long enough."""
        if not holds:
            self._since.pop(kind, None)
            return False
        return step - self._since.setdefault(kind, step) >= PATIENCE_STEPS

    def _look_at_samples(self, event: Samples) -> None:
        if self.data_variety < 1e-4 or len(event.images) < 16:
            return  # the data are all alike themselves, or the sheet tells too little
        share = variety(event.images) / self.data_variety
        if self.images >= NOISE_IMAGES:
            self._best_variety = max(self._best_variety, share)
        self._sheets = [*self._sheets, share][-SHEETS_IN_A_ROW:]
        begun = self._best_variety >= HEALTHY or self.images >= SLOW_START_IMAGES
        if begun and len(self._sheets) == SHEETS_IN_A_ROW and max(self._sheets) < COLLAPSED:
            self._say(
                COLLAPSED_KIND,
                event.step,
                f"The generator has collapsed: it makes the same few pictures again and again (the last "
                f"{SHEETS_IN_A_ROW} sample sheets vary {share:.0%} as much as the data). It hardly ever recovers. "
                f"Start again: {self._advice_against_collapse()}.",
            )

    def _look_at_quality(self, event: Evaluated) -> None:
        sign = 1 if event.higher_is_better else -1
        known = self._evaluations.setdefault(event.metric, [])
        known.append((event.step, event.value))
        step, best = max(known, key=lambda entry: sign * entry[1])
        since = [value for when, value in known if when > step]
        if len(since) < EVALUATIONS_IN_A_ROW:
            return
        if all(sign * (best - value) > WORSE * abs(best) for value in since[-EVALUATIONS_IN_A_ROW:]):
            self._say(
                FALLING_KIND,
                event.step,
                f"Quality has been falling since step {step:,} ({event.metric} {best:.4g} then, {event.value:.4g} "
                f"now). Take the pictures of that checkpoint (--checkpoint {step}, if it is kept), and next time "
                f"set {self._advice_against_falling()}.",
                beyond_hope=False,
            )

    def _advice_to_weaken(self) -> str:
        return self._advice(r1=lambda r1: max(1, 10 * r1), lr_d=lambda rate: rate / 4, instance_noise=lambda _: 0.2)

    def _advice_to_strengthen(self) -> str:
        return self._advice(
            lr_d=lambda rate: 4 * rate,
            r1=lambda r1: r1 / 10 if r1 > 0.1 else None,
            clip=lambda clip: 5 * clip or None,
            instance_noise=lambda noise: 0 if noise else None,
        )

    def _advice_against_collapse(self) -> str:
        return self._advice(r1=lambda r1: max(1, 10 * r1), lr_g=lambda rate: rate / 4, d_steps=lambda n: 2 * n)

    def _advice_against_falling(self) -> str:
        return self._advice(
            lr_decay=lambda kind: "cosine" if kind == "none" else None,
            augment=lambda names: None if names else "color,translation",
            augment_p=lambda p: None if p == "adaptive" else "adaptive",
        )

    def _advice(self, **changes: Callable[[Any], Any]) -> str:
        """Options that the model has, each with another value than now: ``-o r1=1 or -o lr_d=0.0005``."""
        found = []
        for name, change in changes.items():
            value = change(self.options[name]) if name in self.options else None
            if value is not None:
                found.append(f"-o {name}={value if isinstance(value, str) else format(value, 'g')}")
        return " or ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found or ["another --seed"])

    def _say(self, kind: str, step: int, text: str, beyond_hope: bool = True) -> None:
        if not any(alarm.kind == kind for alarm in self.alarms):
            self.alarms.append(AlarmRecord(step=step, kind=kind, text=text))
            self.emit(Notice(f"Step {step:,}: {text}"))
            with suppress(ArtganError):  # on a full disk; the next update of the record has it
                self.run.update(alarms=tuple(self.alarms))
        if beyond_hope:
            self.when_failed()
