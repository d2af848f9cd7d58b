"""Those who listen to every training: the log of metrics, and the keeper of sample sheets."""

import json
from typing import TextIO

import numpy as np
from PIL import Image

from artgan.files import replacing
from artgan.gallery import xmp
from artgan.gallery.png import save
from artgan.gallery.sheet import contact_sheet
from artgan.runs import Run
from artgan.training.events import Evaluated, Event, Failed, Finished, Samples, Started, Step, WentBack

TIMELAPSE_MILLISECONDS = 220
LAST_FRAME_MILLISECONDS = 1800


class MetricsLog:
    """Appends a line to ``metrics.jsonl`` whenever there are new metrics, or figures of an evaluation."""

    def __init__(self, run: Run) -> None:
        self.path = run.path / "metrics.jsonl"
        self._file: TextIO | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._forget_after(event.first_step)
            self._file = self.path.open("a", encoding="utf-8", buffering=1)  # a killed run keeps its lines
        elif isinstance(event, Step) and event.metrics is not None and self._file:
            line = {
                "step": event.step,
                "images": event.images,
                "seconds": round(event.seconds, 3),
                **event.metrics,
            }
            self._file.write(json.dumps(line) + "\n")
        elif isinstance(event, WentBack) and self._file:
            self._file.close()
            self._forget_after(event.step)
            self._file = self.path.open("a", encoding="utf-8", buffering=1)
        elif isinstance(event, Evaluated) and self._file:
            place = {"step": event.step, "images": event.images, "seconds": round(event.seconds, 3)}
            self._file.write(json.dumps({**place, "evaluation": event.figures}) + "\n")
        elif isinstance(event, (Finished, Failed)) and self._file:
            self._file.close()

    def _forget_after(self, step: int) -> None:
        """Drop what a killed session logged after its last checkpoint: a resumed one logs it again."""
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
            except (ValueError, KeyError, TypeError):
                continue  # the half line of a process that was killed while writing
        with replacing(self.path) as temporary:
            temporary.write_text("".join(kept), encoding="utf-8")


class SampleSheets:
    """Keeps a sheet of the same latents over time in ``samples/``, and makes their timelapse at the end."""

    def __init__(self, run: Run, columns: int) -> None:
        self.folder = run.path / "samples"
        self.columns = columns

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.folder.mkdir(exist_ok=True)
            self._forget_after(event.first_step)
        elif isinstance(event, WentBack):
            self._forget_after(event.step)
        elif isinstance(event, Samples):
            images = event.images.permute(0, 2, 3, 1).contiguous().numpy()
            with replacing(self.folder / f"step-{event.step:08d}.png") as temporary:
                save(contact_sheet(images.astype(np.uint8, copy=False), self.columns), temporary)
        elif isinstance(event, Finished):
            self._make_timelapse()

    def _forget_after(self, step: int) -> None:
        for path in self.folder.glob("step-*.png"):
            if int(path.stem.partition("-")[2]) > step:
                path.unlink()

    def _make_timelapse(self) -> None:
        frames = []
        for path in sorted(self.folder.glob("step-*.png")):
            with Image.open(path) as picture:
                frames.append(picture.convert("RGBA" if picture.mode in ("RGBA", "LA") else "RGB"))
        if len(frames) < 2:
            return
        durations = [TIMELAPSE_MILLISECONDS] * (len(frames) - 1) + [LAST_FRAME_MILLISECONDS]
        with replacing(self.folder / "timelapse.webp") as temporary:
            frames[0].save(
                temporary,
                "WEBP",
                save_all=True,
                append_images=frames[1:],
                duration=durations,
                loop=0,
                quality=80,
                method=2,
                xmp=xmp.packet().encode(),
            )
