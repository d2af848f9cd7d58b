"""A run: the folder in which a training keeps everything that it takes to resume it and to sample from it.

    run.json        configuration, versions, where the plugins came from, status, progress
    checkpoints/    step-00001234.safetensors, best.safetensors
    metrics.jsonl   one object a line
    samples/        the same latents over time, and their timelapse

Reading a run's record needs neither torch nor pydantic.
"""

import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from artgan.errors import ArtganError, UserError
from artgan.runs import checkpoints
from artgan.runs.record import RECORD, check_name, make, process_start, read
from artgan.util import files

if TYPE_CHECKING:
    from filelock import FileLock

    from artgan.config import TrainConfig
    from artgan.data.dataset import ImageInfo

# A run on a machine that can't be asked counts as lost if it has logged nothing for so long.
SECONDS_UNTIL_LOST = 600


Kind = TypeVar("Kind", bound="RunFolder")
"""The class that a run is opened as: what a function was given, it returns."""


class RunFolder:
    """A training's folder.

    Attributes:
        path: the folder.
        record: the contents of ``run.json``.
    """

    BEST: ClassVar[str] = checkpoints.BEST

    def __init__(self, path: Path) -> None:
        """Open the run in ``path``. Raises :class:`ArtganError` if there is none or its record can't be read."""
        self.path = path
        self._lock: FileLock | None = None
        self.record: dict[str, Any] = read(path)

    @classmethod
    def create(cls, runs_dir: Path, name: str | None, stem: str, record: dict[str, Any]) -> Self:
        """Make a folder for a new run: ``name``, or ``stem`` with the next free number.

        Raises:
            UserError: if ``name`` is taken or is no file name, or the folder can't be written.
        """
        check_name(runs_dir, name)
        with files.write_errors(runs_dir, UserError):
            runs_dir.mkdir(parents=True, exist_ok=True)
            return cls(make(runs_dir, name, stem, record))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def config(self) -> "TrainConfig":
        """The configuration it was started (or last resumed) with."""
        from artgan.config import make_config

        return make_config(self.record["config"])

    @property
    def data_name(self) -> str:
        """What its images are called: the data set's name, or that of the user's own folder."""
        return str(self.record.get("data", {}).get("name") or self.record.get("config", {}).get("data", "data"))

    @property
    def status(self) -> str:
        """``running``, ``finished``, ``interrupted``, ``failed``, ``collapsed``, ``stopped`` if its process is gone, or
        ``blended`` if it was made of two others."""
        status: str = self.record.get("status", "created")
        return status if status != "running" or self.is_running() else "stopped"

    def is_running(self) -> bool:
        """Whether a process trains it now. One on another machine does if it has written lately."""
        owner = self.record.get("process", {})
        if self.record.get("status") != "running" or not owner.get("pid"):
            return False
        if owner.get("host") != socket.gethostname():
            return self._was_written_lately()
        try:
            os.kill(owner["pid"], 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return bool(process_start(owner["pid"]) == owner.get("started"))

    def _was_written_lately(self) -> bool:
        written = [path.stat().st_mtime for path in (self.path / RECORD, self.path / "metrics.jsonl") if path.exists()]
        return time.time() - max(written, default=0) < SECONDS_UNTIL_LOST

    def update(self, **changes: Any) -> None:
        """Change entries of the record, in memory and on disk."""
        self.record.update(changes)
        files.write_atomic(self.path / RECORD, json.dumps(self.record, indent=2) + "\n")

    def claim(self) -> None:
        """Mark it as running in this process, and keep other processes out until :meth:`release`, or until it dies.

        Raises:
            UserError: if another process trains it, or a link in it leads out of it.
            ArtganError: if it can't be written.
        """
        checkpoints_dir, samples = self.path / "checkpoints", self.path / "samples"
        inside = [checkpoints_dir, samples, self.path / "metrics.jsonl"]
        files.require_inside(self.path, *inside, *checkpoints_dir.glob("*"), *samples.glob("*"))
        with files.write_errors(self.path):
            self._lock = files.try_lock(self.path / ".lock")
        self.record = RunFolder(self.path).record  # another process may have claimed it meanwhile
        owner = self.record.get("process", {})
        if self._lock is None or (self.is_running() and owner.get("pid") != os.getpid()):
            self._unlock()
            raise UserError(f"{self.name} is being trained by process {owner.get('pid')} on {owner.get('host')}.")
        files.remove_unfinished(self.path, checkpoints_dir, samples)
        started = process_start(os.getpid())
        process = {"pid": os.getpid(), "host": socket.gethostname(), "started": started}
        try:
            # What the session before came to is no longer so.
            self.update(status="running", process=process, signal=None, ended=None, error=None, exhibit=None)
        except BaseException:
            self._unlock()
            raise

    def release(self) -> None:
        """Let others train it. One that never came to train has failed."""
        if self._lock is not None and self.record.get("status") == "running":
            with suppress(ArtganError):
                self.update(status="failed", error="It ended before its first step.")
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def checkpoints(self) -> list[Path]:
        """Its checkpoints, oldest first."""
        return checkpoints.listed(self.path / "checkpoints")

    def set_aside_after(self, step: int) -> None:
        """Rename checkpoints later than ``step`` to ``left-…``: the run goes on from there, another way."""
        checkpoints.set_aside_after(self.path / "checkpoints", step)

    def checkpoint(self, which: "str | int | Path | None" = None) -> Path:
        """One checkpoint: by step, by file name or path, or ``"best"``; the latest that is whole if None.

        Raises:
            UserError: if there is none, or none such.
            ArtganError: if all are damaged.
        """
        folder = self.path / "checkpoints"
        files.require_inside(self.path, folder)
        return (
            checkpoints.latest(folder, self.name)
            if which is None
            else checkpoints.choose(folder, self.name, str(which))
        )

    def image_info(self) -> "ImageInfo":
        """Shape and label names of the images it was trained on."""
        from artgan.data.dataset import ImageInfo

        data = self.record["data"]
        channels, height, width = data["shape"]
        return ImageInfo(channels, height, width, tuple(data["labels"]))
