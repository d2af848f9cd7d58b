"""A run's folder, which holds everything that is needed to resume the training and to sample from it.

    run.json        configuration, versions, where the plugins came from, status, progress
    checkpoints/    step-00001234.safetensors, best.safetensors
    metrics.jsonl   one object per line
    samples/        the same latents over time, and their timelapse

Reading a run's record needs neither torch nor pydantic.
"""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, Unpack

from artgan.errors import ArtganError, UserError
from artgan.runs import checkpoints
from artgan.runs.entries import ProcessRecord
from artgan.runs.record import RECORD, Entries, check_name, damaged, make, process_start, read, write
from artgan.util import files

if TYPE_CHECKING:
    from filelock import FileLock

    from artgan.config import TrainConfig
    from artgan.data.dataset import ImageInfo

# A run on another machine, whose processes can't be seen, counts as stopped once it has logged nothing for so long.
SECONDS_UNTIL_LOST = 600


Kind = TypeVar("Kind", bound="RunFolder")
"""The class that a run is opened as. Functions return the class that they are given."""


class RunFolder:
    """A run's folder.

    Attributes:
        path: the folder.
        details: what its record says.
    """

    BEST: ClassVar[str] = checkpoints.BEST

    def __init__(self, path: Path) -> None:
        """Open the run in ``path``. Raises :class:`ArtganError` if there is none, or its record can't be read."""
        self.path = path
        self._lock: FileLock | None = None
        self.details = read(path)

    @classmethod
    def create(cls, runs_dir: Path, name: str | None, stem: str, entries: Entries) -> Self:
        """Create a folder for a new run: ``name``, or ``stem`` with the next free number.

        Raises:
            UserError: if ``name`` is taken or isn't a file name, or the folder can't be written.
        """
        check_name(runs_dir, name)
        with files.write_errors(runs_dir, UserError):
            runs_dir.mkdir(parents=True, exist_ok=True)
            return cls(make(runs_dir, name, stem, entries))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    @property
    def record(self) -> dict[str, Any]:
        """The contents of ``run.json``, for plugins and notebooks; artgan's own code reads :attr:`details`."""
        return self.details.to_json()

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def config(self) -> "TrainConfig":
        """The configuration it was started (or last resumed) with."""
        from artgan.config import make_config

        return make_config(self.details.config.to_json())

    @property
    def data_name(self) -> str:
        """The data set's name, or that of the user's own folder."""
        return self.details.data.name or self.details.config.data or "data"

    @property
    def status(self) -> str:
        """The state of the run.

        ``running``, ``finished``, ``interrupted``, ``failed``, ``collapsed``, ``stopped`` if its process is gone, or
        ``blended`` if it was made from two others.
        """
        status = self.details.status
        return status if status != "running" or self.is_running() else "stopped"

    def is_running(self) -> bool:
        """Return whether a process trains it now. One on another machine does if it has written recently."""
        owner = self.details.process
        if self.details.status != "running" or not owner.pid:
            return False
        if owner.host != socket.gethostname():
            return self._was_written_recently()
        try:
            os.kill(owner.pid, 0)
        except (ProcessLookupError, OverflowError):  # no process has such a number
            return False
        except PermissionError:
            return True
        return process_start(owner.pid) == owner.started

    def _was_written_recently(self) -> bool:
        written = [path.stat().st_mtime for path in (self.path / RECORD, self.path / "metrics.jsonl") if path.exists()]
        return time.time() - max(written, default=0) < SECONDS_UNTIL_LOST

    def update(self, **changes: Unpack[Entries]) -> None:
        """Change entries of the record, in memory and then on disk. Raises :class:`ArtganError` if that fails."""
        self.details = self.details.replace(**changes)
        write(self.path, self.details)

    def claim(self) -> None:
        """Mark it as running in this process, and lock other processes out until :meth:`release`, or until it dies.

        Raises:
            UserError: if another process trains it, or a link in it leads out of it.
            ArtganError: if it can't be written.
        """
        checkpoints_dir, samples = self.path / "checkpoints", self.path / "samples"
        inside = [checkpoints_dir, samples, self.path / "metrics.jsonl"]
        files.require_inside(self.path, *inside, *checkpoints_dir.glob("*"), *samples.glob("*"))
        with files.write_errors(self.path):
            self._lock = files.try_lock(self.path / ".lock")
        self.details = read(self.path)  # another process may have claimed it meanwhile
        owner = self.details.process
        if self._lock is None or (self.is_running() and owner.pid != os.getpid()):
            self._unlock()
            raise UserError(f"Process {owner.pid} on {owner.host} is training {self.name} already.")
        files.remove_unfinished(self.path, checkpoints_dir, samples)
        pid = os.getpid()
        process = ProcessRecord(pid=pid, host=socket.gethostname(), started=process_start(pid))
        try:
            # How the session before ended no longer holds.
            self.update(status="running", process=process, signal=None, ended=None, error=None, exhibit=None)
        except BaseException:
            self._unlock()
            raise

    def release(self) -> None:
        """Let other processes train it. If this one never came to train it, it has failed."""
        if self._lock is not None and self.details.status == "running":
            with suppress(ArtganError):
                self.update(status="failed", error="It ended before its first step.")
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def checkpoints(self) -> list[Path]:
        """Return its checkpoints, oldest first."""
        return checkpoints.listed(self.path / "checkpoints")

    def set_aside_after(self, step: int) -> None:
        """Rename checkpoints later than ``step`` to ``left-…``: the run takes another course from there."""
        checkpoints.set_aside_after(self.path / "checkpoints", step)

    def checkpoint(self, which: "str | int | Path | None" = None) -> Path:
        """Return a checkpoint: by step, by file name or path, or ``"best"``; the latest undamaged one if None.

        Raises:
            UserError: if there is none, or no such one.
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
        """Return shape and label names of the images it was trained on.

        Raises:
            Damaged: if the record doesn't have them.
        """
        from artgan.data.dataset import ImageInfo

        data = self.details.data
        if len(data.shape) != 3:
            raise damaged(self.path, "it doesn't have the shape of the images")
        channels, height, width = data.shape
        return ImageInfo(channels, height, width, data.labels)
