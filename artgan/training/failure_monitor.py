"""Detects runs that fail, as opposed to slow starts, and says in plain words what may help.

It uses nothing but the events that every listener receives (:mod:`artgan.training.events`): means of the
discriminator's outputs, sample sheets, evaluations. That costs next to nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from artgan.errors import ArtganError
from artgan.models.losses import FAKE, REAL
from artgan.runs.entries import AlarmRecord
from artgan.runs.folder import RunFolder
from artgan.training.callback import Callback
from artgan.training.diversity import diversity
from artgan.training.events import Evaluated, Event, Notice, Samples, Step, WentBack

# Means of ten steps are trusted once they have agreed for this many steps.
PATIENCE_STEPS = 500
# D(real) - D(fake), between -1 and 1: above, the discriminator is never wrong; below, it guesses.
WON, LOST = 0.985, 0.005
# Diversity of the samples as a share of the data's: below COLLAPSED, few modes are left. Healthy trainings reach 0.4
# and more once shapes appear.
COLLAPSED, HEALTHY = 0.1, 0.4
# Until this many images were shown, sheets may vary as noise does, which says nothing about what was learnt.
NOISE_IMAGES = 20_000
# The networks of the first papers take this long until their pictures vary at all.
SLOW_START_IMAGES = 500_000
SHEETS_IN_A_ROW = 3
# This many evaluations in a row, each worse than the best one by this share of it.
EVALUATIONS_IN_A_ROW, WORSE = 3, 0.1

WON_KIND, LOST_KIND, COLLAPSED_KIND, FALLING_KIND = "discriminator won", "discriminator lost", "collapsed", "falling"


class FailureMonitor(Callback):
    """Emits a :class:`Notice` for each way in which training fails, once each.

    Its warnings are kept in the run's record, under ``alarms``, and its state in checkpoints, under ``watch``.
    """

    name = "watch"

    def __init__(
        self, run: RunFolder, emit: Callable[[Event], None], data_diversity: float, stop: bool = False
    ) -> None:
        """Watch ``run``.

        Args:
            run: the run, whose record keeps the warnings.
            emit: receives notices.
            data_diversity: of as many real images as a sample sheet has.
            stop: whether to stop training if it won't recover.
        """
        self.run, self.emit, self.data_diversity, self.stop = run, emit, data_diversity, stop
        self.options: Mapping[str, Any] = run.details.model.options
        self.warnings = list(run.details.alarms)
        self.images = 0
        self._since: dict[str, int] = {}
        self._sheets: list[float] = []
        self._best_diversity = 0.0
        self._evaluations: dict[str, list[tuple[int, float]]] = {}

    def __call__(self, event: Event) -> None:
        """Check what the event says of the training."""
        match event:
            case Step():
                if event.metrics is not None:  # events in between depend on the clock
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
        """Return what it knows, so that a resumed run gets its warnings when an uninterrupted one would."""
        return {
            "images": self.images,
            "since": dict(self._since),
            "sheets": list(self._sheets),
            "best_variety": self._best_diversity,
            "evaluations": {name: [list(entry) for entry in known] for name, known in self._evaluations.items()},
        }

    def restore(self, state: Mapping[str, Any], step: int) -> None:
        """Continue from a checkpoint's :meth:`state`; warnings about steps after ``step`` no longer hold."""
        self._forget_after(step)
        if state:
            self.images, self._best_diversity = state.get("images", 0), state.get("best_variety", 0.0)
            self._since, self._sheets = dict(state.get("since", {})), list(state.get("sheets", []))
            known = state.get("evaluations", {}).items()
            self._evaluations = {
                name: [(one[0], one[1]) for one in entries if len(one) == 2] for name, entries in known
            }

    def _forget_after(self, step: int) -> None:
        """Forget warnings and evaluations after ``step``, from where the training takes another course."""
        early = [warning for warning in self.warnings if warning.step <= step]
        if early != self.warnings:
            self.warnings = early
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
            self._warn(
                WON_KIND,
                step,
                f"The discriminator has won ({seen}): it is never wrong, so the generator learns next to nothing. "
                f"Start again with a weaker one: {self._advice_to_weaken()}.",
            )
        if self._lasts(LOST_KIND, step, real - fake < LOST):
            self._warn(
                LOST_KIND,
                step,
                f"The discriminator has lost ({seen}): it guesses, so the generator learns nothing from it. "
                f"Start again with a stronger one: {self._advice_to_strengthen()}.",
            )

    def _lasts(self, kind: str, step: int, holds: bool) -> bool:
        """Return whether ``holds`` has been true for long enough."""
        if not holds:
            self._since.pop(kind, None)
            return False
        return step - self._since.setdefault(kind, step) >= PATIENCE_STEPS

    def _look_at_samples(self, event: Samples) -> None:
        if self.data_diversity < 1e-4 or len(event.images) < 16:
            return  # the data barely vary themselves, or the sheet is too small to tell
        share = diversity(event.images) / self.data_diversity
        if self.images >= NOISE_IMAGES:
            self._best_diversity = max(self._best_diversity, share)
        self._sheets = [*self._sheets, share][-SHEETS_IN_A_ROW:]
        begun = self._best_diversity >= HEALTHY or self.images >= SLOW_START_IMAGES
        if begun and len(self._sheets) == SHEETS_IN_A_ROW and max(self._sheets) < COLLAPSED:
            self._warn(
                COLLAPSED_KIND,
                event.step,
                f"The generator has collapsed: it makes the same few pictures again and again (the last "
                f"{SHEETS_IN_A_ROW} sample sheets vary {share:.0%} as much as the data). It will hardly recover. "
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
            self._warn(
                FALLING_KIND,
                event.step,
                f"Quality has been falling since step {step:,} ({event.metric} {best:.4g} then, {event.value:.4g} "
                f"now). Make pictures from that checkpoint (--checkpoint {step}, if it was kept), and next time set "
                f"{self._advice_against_falling()}.",
                final=False,
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
        """Suggest other values for options that the model has: ``-o r1=1 or -o lr_d=0.0005``."""
        found = []
        for name, change in changes.items():
            value = change(self.options[name]) if name in self.options else None
            if value is not None:
                found.append(f"-o {name}={value if isinstance(value, str) else format(value, 'g')}")
        return " or ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found or ["another --seed"])

    def _warn(self, kind: str, step: int, text: str, final: bool = True) -> None:
        """Emit and record a warning, which is ``final`` if training won't recover."""
        if not any(warning.kind == kind for warning in self.warnings):
            self.warnings.append(AlarmRecord(step=step, kind=kind, text=text))
            self.emit(Notice(f"Step {step:,}: {text}"))
            with suppress(ArtganError):  # on a full disk; the next update of the record includes it
                self.run.update(alarms=tuple(self.warnings))
        if final and self.stop:
            self.stop_requested = True
