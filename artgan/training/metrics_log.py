"""The log of a run's metrics: ``metrics.jsonl``."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from artgan.runs.folder import RunFolder
from artgan.training.callback import Callback
from artgan.training.events import Evaluated, Event, Failed, Finished, Notice, Started, Step, WentBack
from artgan.training.trainer import WINDOW
from artgan.util.files import write_atomic


class MetricsLog(Callback):
    """Appends a line to ``metrics.jsonl`` for new metrics and for the figures of an evaluation.

    Lines that the disk refuses are reported once, kept, and written with the next.
    """

    def __init__(self, run: RunFolder, emit: Callable[[Event], None]) -> None:
        self.path, self.emit = run.path / "metrics.jsonl", emit
        self._waiting: list[str] = []
        self._reported = False

    def __call__(self, event: Event) -> None:
        """Log what is new; drop what no longer counts."""
        if isinstance(event, Started):
            self._forget_after(event.first_step)
        elif isinstance(event, WentBack):
            self._waiting.clear()
            self._forget_after(event.step)
        elif isinstance(event, Step) and event.metrics is not None:
            self._write(event, event.metrics)
        elif isinstance(event, Evaluated):
            self._write(event, {"evaluation": event.figures})
        elif isinstance(event, (Finished, Failed)):
            self._flush()

    def _write(self, event: Step | Evaluated, entries: Mapping[str, Any]) -> None:
        place = {"step": event.step, "images": event.images, "seconds": round(event.seconds, 3)}
        self._waiting.append(json.dumps({**place, **entries}) + "\n")
        self._flush()

    def _flush(self) -> None:
        try:
            # Reopened each time: a killed run keeps its lines, and a disk that was full gets another try.
            with self.path.open("ab") as file:
                end = file.tell()
                try:
                    file.write("".join(self._waiting).encode())
                    file.flush()
                except OSError:
                    file.truncate(end)
                    raise
            self._waiting.clear()
        except OSError as error:
            if not self._reported:
                self.emit(Notice(f"{self.path} can't be written: {error.strerror or error}. Will retry."))
            self._reported = True

    def _forget_after(self, step: int) -> None:
        """Drop what a killed session logged after its last checkpoint; a resumed one logs it again."""
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
                # Means of an incomplete window, at the end of a session, are part of the next one's first window.
                part = entry["step"] == step and step % WINDOW and "evaluation" not in entry
                if entry["step"] <= step and not part:
                    kept.append(line + "\n")
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # an incomplete line, from a process that was killed while writing
        write_atomic(self.path, "".join(kept))
