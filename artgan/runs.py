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
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from artgan import checkpoints, files, paths, run_folder
from artgan.errors import ArtganError, UserError, unknown
from artgan.run_folder import RECORD, check_name, process_start

if TYPE_CHECKING:
    from filelock import FileLock
    from torch import Tensor

    from artgan.config import TrainConfig
    from artgan.data.dataset import ImageInfo
    from artgan.gallery.exhibit import Exhibit
    from artgan.gallery.sampler import Labels
    from artgan.models.model import Model

# A run on a machine that can't be asked counts as lost if it has logged nothing for so long.
SECONDS_UNTIL_LOST = 600


class Run:
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
        self.record: dict[str, Any] = run_folder.read(path)

    @classmethod
    def create(cls, runs_dir: Path, name: str | None, stem: str, record: dict[str, Any]) -> "Run":
        """Make a folder for a new run: ``name``, or ``stem`` with the next free number.

        Raises:
            UserError: if ``name`` is taken or is no file name, or the folder can't be written.
        """
        check_name(runs_dir, name)
        with files.clear_errors(runs_dir, UserError):
            runs_dir.mkdir(parents=True, exist_ok=True)
            return cls(run_folder.make(runs_dir, name, stem, record))

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

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
        with files.clear_errors(self.path):
            self._lock = files.try_lock(self.path / ".lock")
        self.record = Run(self.path).record  # another process may have claimed it meanwhile
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

    def load(self, checkpoint: "str | int | Path | None" = None, device: str = "auto") -> "Model":
        """The model as it samples: averaged networks in place, in evaluation mode, on ``device``.

        Raises:
            UserError: if there is no checkpoint, or the plugin that brought the model is no longer installed.
            ArtganError: if the checkpoint is truncated or of another version.
        """
        from artgan import origins
        from artgan.plugins import PluginWarning
        from artgan.training.checkpoint import load_for_sampling
        from artgan.training.engine import pick_device
        from artgan.training.setup import build_model

        path = self.checkpoint(checkpoint)
        parts = origins.needed(self.record, to_train=False)
        names = origins.locate(self, parts)
        changes = origins.changes(self, parts)
        options = {key: names.get(key, value) for key, value in self.record["model"]["options"].items()}
        try:
            model = build_model(names["model"], options, self.image_info())
        except UserError as error:
            raise UserError(f"{self.name} can't be opened with what is installed: {error} {changes}".rstrip()) from None
        if changes:
            warnings.warn(changes, PluginWarning, stacklevel=2)
        load_for_sampling(path, model)
        return model.to(pick_device(device)).eval()

    def sample(
        self,
        n: int = 64,
        seed: int = 0,
        labels: "Labels" = None,
        truncation: float = 1.0,
        checkpoint: "str | int | Path | None" = None,
        device: str = "auto",
    ) -> "Tensor":
        """Images of the averaged generator: uint8 (n, C, H, W) in [0, 255].

        Args:
            n: how many; image i is the same whatever ``n``.
            seed: where the latents come from, 0 to 2**63 - 1.
            labels: label names or numbers that the images take in turn, or ``"each"`` for all in turn; None for random.
            truncation: in (0, 1]; less than 1 trades variety for quality.
            checkpoint: a step or a file; the latest if None.
        """
        from artgan.gallery.sampler import Sampler

        return Sampler(self.load(checkpoint, device)).sample(n, seed, labels, truncation)

    def gallery(self, **request: Any) -> "Exhibit":
        """Make an exhibit of this run; see :func:`artgan.gallery.make.make_exhibit` for the request."""
        from artgan.gallery.make import make_exhibit

        return make_exhibit(self, **request)


def list_runs(runs_dir: str | os.PathLike[str] | None = None) -> list[Run]:
    """All readable runs, newest first."""
    return survey(runs_dir)[0]


def survey(runs_dir: str | os.PathLike[str] | None = None) -> tuple[list[Run], dict[str, ArtganError]]:
    """All readable runs, newest first; and what is wrong with the others, by name."""
    found, unreadable = [], {}
    for path in sorted(paths.runs_dir(runs_dir).glob(f"*/{RECORD}")):
        if path.parent.name.startswith("."):
            continue  # one that is being made
        try:
            found.append(Run(path.parent))
        except ArtganError as error:
            unreadable[path.parent.name] = error
    return sorted(found, key=lambda run: (run.record["created"], run.name), reverse=True), unreadable


def find_run(
    which: str | os.PathLike[str] | None = None,
    runs_dir: str | os.PathLike[str] | None = None,
    with_checkpoint: bool = True,
) -> Run:
    """A run by name, by a unique prefix of it or by path; the latest if None, of those that have a checkpoint.

    Args:
        which: the name, the prefix or the path.
        runs_dir: where runs are looked for.
        with_checkpoint: False: the latest may be one that has no checkpoint yet.

    Raises:
        UserError: if there is none such, with the nearest match, or several.
        ArtganError: if its record is damaged.
    """
    folder = paths.runs_dir(runs_dir)
    if which is None:
        known = list_runs(folder)
        if not known:
            raise UserError(f"There are no runs in {folder} yet: start one with `artgan train`.")
        return next((run for run in known if not with_checkpoint or run.checkpoints()), known[0])
    text = os.fspath(which)
    for path in (folder / text, Path(text)):
        if (path / RECORD).is_file():
            return Run(path)
    known, unreadable = survey(folder)
    names = [*(run.name for run in known), *unreadable]
    matches = [name for name in names if name.startswith(text)]
    if len(matches) == 1:
        return Run(folder / matches[0])
    if matches:
        raise UserError(f"'{text}' could be any of {', '.join(sorted(matches))}: type more of the name.")
    raise unknown("run", text, names, f"Runs are looked for in {folder}.")
