"""Sheets of samples over the course of training, and their time lapse."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from artgan.data.dataset import ImageInfo
from artgan.imaging import xmp
from artgan.imaging.contact_sheet import contact_sheet
from artgan.imaging.png import save
from artgan.runs.folder import RunFolder
from artgan.sampling.sampler import Sampler
from artgan.training.callback import Callback, Training
from artgan.training.events import Event, Finished, Notice, Samples, Started, WentBack
from artgan.util.files import replacing

ROWS = 8
# Columns: one per label if the model is conditional, but not more than fit.
COLUMNS, MOST_COLUMNS = 8, 16
# Latents for the batch-norm statistics of a sheet, which is looked at once.
SHEET_STATISTICS = 512
TIMELAPSE_MILLISECONDS = 220
LAST_FRAME_MILLISECONDS = 1800


def sheet_columns(conditional: bool, info: ImageInfo) -> int:
    """Return how many columns a sheet of samples has."""
    return min(info.labels, MOST_COLUMNS) if conditional else COLUMNS


class SampleSheets(Callback):
    """Draws images of the same latents throughout the training, keeps them in ``samples/``, ends with a time lapse."""

    def __init__(self, run: RunFolder, columns: int, seed: int, emit: Callable[[Event], None]) -> None:
        self.folder, self.columns, self.seed, self.emit = run.path / "samples", columns, seed, emit

    def prepare(self, training: Training) -> None:
        """Make the sampler before the loop: it puts networks that the average shares into evaluation mode."""
        self._sampler = Sampler(training.average.model)

    def on_sample_due(self, training: Training) -> None:
        """Draw a sheet and emit it to all listeners, this one included."""
        self.emit(Samples(training.step, self.sample(training)))

    def sample(self, training: Training) -> Tensor:
        """Return the images of a sheet: uint8 (N, C, H, W)."""
        training.average.refresh_statistics(self.seed, SHEET_STATISTICS)
        labels = "each" if training.model.conditional else None
        return self._sampler.sample(self.columns * ROWS, self.seed, labels)

    def __call__(self, event: Event) -> None:
        """Write sheets as they come, and the time lapse at the end."""
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
        """Write a picture; if the disk refuses it, leave it out with a notice."""
        path = self.folder / name
        try:
            self.folder.mkdir(exist_ok=True)
            with replacing(path) as temporary:
                write(temporary)
        except OSError as error:
            self.emit(Notice(f"Skipped {path}, which can't be written: {error.strerror or error}."))
