"""Those who listen to every training: the log of metrics, and the keeper of sample sheets."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from artgan.imaging import xmp
from artgan.imaging.contact_sheet import contact_sheet
from artgan.imaging.png import save
from artgan.runs.folder import RunFolder
from artgan.training.events import Evaluated, Event, Failed, Finished, Notice, Samples, Started, Step, WentBack
from artgan.training.trainer import WINDOW
from artgan.util.files import replacing, write_atomic

TIMELAPSE_MILLISECONDS = 220
LAST_FRAME_MILLISECONDS = 1800


class MetricsLog:
    """Appends a line to ``metrics.jsonl`` whenever there are new metrics, or figures of an evaluation.

    Lines that the disk doesn't take are kept, said once, and written with the next.
    """

    def __init__(self, run: RunFolder, emit: Callable[[Event], None]) -> None:
        self.path, self.emit = run.path / "metrics.jsonl", emit
        self._waiting: list[str] = []
        self._told = False

    def __call__(self, event: Event) -> None:
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
            # Opened anew each time: a killed run keeps its lines, and a disk that was full is asked again.
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
            if not self._told:
                self.emit(Notice(f"{self.path} can't be written: {error.strerror or error}. It is tried again."))
            self._told = True

    def _forget_after(self, step: int) -> None:
        """Drop what a killed session logged after its last checkpoint: a resumed one logs it again."""
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
                # The means of less than a window, at the end of a session, are part of the next one's.
                part = entry["step"] == step and step % WINDOW and "evaluation" not in entry
                if entry["step"] <= step and not part:
                    kept.append(line + "\n")
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # the half line of a process that was killed while writing
        write_atomic(self.path, "".join(kept))


class SampleSheets:
    """Keeps a sheet of the same latents over time in ``samples/``, and makes their timelapse at the end."""

    def __init__(self, run: RunFolder, columns: int, emit: Callable[[Event], None]) -> None:
        self.folder, self.columns, self.emit = run.path / "samples", columns, emit

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._forget_after(event.first_step)
        elif isinstance(event, WentBack):
            self._forget_after(event.step)
        elif isinstance(event, Samples):
            images = event.images.permute(0, 2, 3, 1).contiguous().numpy()
            sheet = contact_sheet(images.astype(np.uint8, copy=False), self.columns)
            self._save(f"step-{event.step:08d}.png", lambda temporary: save(sheet, temporary))
        elif isinstance(event, Finished) and event.signal is None:
            self._make_timelapse()

    def _forget_after(self, step: int) -> None:
        for path in self.folder.glob("step-*.png"):
            number = path.stem.partition("-")[2]
            if number.isdecimal() and int(number) > step:
                with suppress(OSError):  # a later sheet takes its place
                    path.unlink()

    def _make_timelapse(self) -> None:
        frames = []
        for path in sorted(self.folder.glob("step-*.png")):
            with Image.open(path) as picture:
                frames.append(picture.convert("RGBA" if picture.mode in ("RGBA", "LA") else "RGB"))
        if len(frames) < 2:
            return
        durations = [TIMELAPSE_MILLISECONDS] * (len(frames) - 1) + [LAST_FRAME_MILLISECONDS]
        self._save(
            "timelapse.webp",
            lambda temporary: frames[0].save(
                temporary,
                "WEBP",
                save_all=True,
                append_images=frames[1:],
                duration=durations,
                loop=0,
                quality=80,
                method=2,
                xmp=xmp.packet().encode(),
            ),
        )

    def _save(self, name: str, write: Callable[[Path], None]) -> None:
        """Write a picture; one that the disk doesn't take is left out, which is said."""
        path = self.folder / name
        try:
            self.folder.mkdir(exist_ok=True)
            with replacing(path) as temporary:
                write(temporary)
        except OSError as error:
            self.emit(Notice(f"{path} is left out, it can't be written: {error.strerror or error}."))
