"""A run: the folder in which a training keeps everything that it takes to resume it and to sample from it.

    run.json        configuration, versions, where the plugins came from, status, progress
    checkpoints/    step-00001234.safetensors, best.safetensors
    metrics.jsonl   one object a line
    samples/        the same latents over time, and their timelapse

Reading a run's record needs neither torch nor pydantic.
"""

import json
import os
import re
import socket
import time
import warnings
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from artgan import files, paths
from artgan.errors import ArtganError, UserError, unknown

if TYPE_CHECKING:
    from torch import Tensor

    from artgan.config import TrainConfig
    from artgan.data.dataset import ImageInfo
    from artgan.gallery.exhibit import Exhibit
    from artgan.gallery.sampler import Labels
    from artgan.models.model import Model

RECORD = "run.json"
FORMAT = 1
# A run on a machine that can't be asked counts as lost if it has logged nothing for so long.
SECONDS_UNTIL_LOST = 600


class Run:
    """A training's folder.

    Attributes:
        path: the folder.
        record: the contents of ``run.json``.
    """

    BEST: ClassVar[str] = "best.safetensors"

    def __init__(self, path: Path) -> None:
        """Open the run in ``path``. Raises :class:`UserError` if there is none or its record can't be read."""
        self.path = path
        try:
            self.record: dict[str, Any] = json.loads((path / RECORD).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(f"{path} is no run: it has no {RECORD}.") from None
        except (OSError, ValueError) as error:
            raise UserError(f"{path / RECORD} can't be read: {error}.") from None
        if not isinstance(self.record, dict) or self.record.get("format") != FORMAT:
            raise UserError(f"{path} was written by another version of artgan, and this one can't read it.")
        parts = [self.record.get(key, {}) for key in ("config", "model", "data", "progress", "process")]
        if not isinstance(self.record.get("created"), str) or not all(isinstance(part, dict) for part in parts):
            raise UserError(f"{path / RECORD} is damaged: it isn't what artgan writes.")

    @classmethod
    def create(cls, runs_dir: Path, name: str | None, stem: str, record: dict[str, Any]) -> "Run":
        """Make a folder for a new run: ``name``, or ``stem`` with the next free number.

        Raises:
            UserError: if ``name`` is taken or is no file name, or the folder can't be written.
        """
        check_name(runs_dir, name)
        with files.clear_errors(runs_dir, UserError):
            runs_dir.mkdir(parents=True, exist_ok=True)
            path = _claim(runs_dir, name, stem)
            record = {"format": FORMAT, "name": path.name, "created": now(), **record}
            files.write_atomic(path / RECORD, json.dumps(record, indent=2) + "\n")
        return cls(path)

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
    def status(self) -> str:
        """``running``, ``finished``, ``interrupted``, ``failed``, or ``stopped`` if its process is gone."""
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
        return bool(_process_start(owner["pid"]) == owner.get("started"))

    def _was_written_lately(self) -> bool:
        written = [path.stat().st_mtime for path in (self.path / RECORD, self.path / "metrics.jsonl") if path.exists()]
        return time.time() - max(written, default=0) < SECONDS_UNTIL_LOST

    def update(self, **changes: Any) -> None:
        """Change entries of the record, in memory and on disk."""
        self.record.update(changes)
        files.write_atomic(self.path / RECORD, json.dumps(self.record, indent=2) + "\n")

    def claim(self) -> None:
        """Mark it as running in this process. Raises :class:`UserError` if another process trains it."""
        with files.locked(self.path):
            self.record = Run(self.path).record  # another process may have claimed it meanwhile
            if self.is_running() and self.record["process"].get("pid") != os.getpid():
                owner = self.record["process"]
                raise UserError(f"{self.name} is being trained by process {owner['pid']} on {owner['host']}.")
            started = _process_start(os.getpid())
            process = {"pid": os.getpid(), "host": socket.gethostname(), "started": started}
            # What the session before came to is no longer so.
            self.update(status="running", process=process, signal=None, ended=None, error=None, exhibit=None)

    def checkpoints(self) -> list[Path]:
        """Its checkpoints, oldest first."""
        return sorted((self.path / "checkpoints").glob("step-*.safetensors"), key=_step)

    def set_aside_after(self, step: int) -> None:
        """Rename checkpoints later than ``step`` to ``left-…``: the run goes on from there, another way."""
        for path in self.checkpoints():
            if _step(path) > step:
                path.rename(path.with_name(f"left-{path.name}"))

    def checkpoint(self, which: "str | int | Path | None" = None) -> Path:
        """One checkpoint: by step, by file name or path, or ``"best"``; the latest if None.

        Raises:
            UserError: if there is none, or none such.
        """
        known = self.checkpoints()
        if which is None:
            if not known:
                raise UserError(
                    f"{self.name} has no checkpoint yet. Its first comes with --checkpoint-every, or when it ends."
                )
            return known[-1]
        text = str(which)
        if text == "best":
            return self._best_checkpoint()
        if os.sep in text or text.endswith(".safetensors"):
            for path in (Path(text), self.path / "checkpoints" / text):
                if path.is_file():
                    return path
        if text.isdigit():
            for path in known:
                if _step(path) == int(text):
                    return path
        steps = [str(_step(path)) for path in known]
        raise unknown(f"checkpoint of {self.name}", text, steps, "" if steps else "It has none yet.")

    def _best_checkpoint(self) -> Path:
        path = self.path / "checkpoints" / self.BEST
        if not path.is_file():
            raise UserError(
                f"{self.name} has no best checkpoint: trainings with --evaluate-every keep one. "
                "Without --checkpoint, its last one is taken."
            )
        return path

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
    found = []
    for path in paths.runs_dir(runs_dir).glob(f"*/{RECORD}"):
        with suppress(ArtganError):
            found.append(Run(path.parent))
    return sorted(found, key=lambda run: (run.record["created"], run.name), reverse=True)


def find_run(which: str | os.PathLike[str] | None = None, runs_dir: str | os.PathLike[str] | None = None) -> Run:
    """A run by name, by a unique prefix of it or by path; the latest that has a checkpoint if None.

    Raises:
        UserError: if there is none such, with the nearest match, or several.
    """
    folder = paths.runs_dir(runs_dir)
    if which is None:
        known = list_runs(folder)
        if not known:
            raise UserError(f"There are no runs in {folder} yet: start one with `artgan train`.")
        return next((run for run in known if run.checkpoints()), known[0])
    text = os.fspath(which)
    for path in (folder / text, Path(text)):
        if (path / RECORD).is_file():
            return Run(path)
    names = [run.name for run in list_runs(folder)]
    matches = [name for name in names if name.startswith(text)]
    if len(matches) == 1:
        return Run(folder / matches[0])
    if matches:
        raise UserError(f"'{text}' could be any of {', '.join(sorted(matches))}: type more of the name.")
    raise unknown("run", text, names, f"Runs are looked for in {folder}.")


def check_name(runs_dir: Path, name: str | None) -> None:
    """Raises :class:`UserError` if a new run can't be called ``name``; None stands for any free name."""
    if name is None:
        return
    if not re.fullmatch(r"[\w][\w.\-+]*", name):
        raise UserError(f"--name '{name}' should be letters, digits, '-', '_' and '.' only.")
    if os.path.lexists(runs_dir / name):
        raise _taken(name)


def _taken(name: str) -> UserError:
    return UserError(
        f"A run called '{name}' is there already: choose another --name, or go on with `artgan resume {name}`."
    )


def _claim(runs_dir: Path, name: str | None, stem: str) -> Path:
    """Make the run's folder; mkdir decides who has a name when two start at once."""
    if name is not None:
        try:
            (runs_dir / name).mkdir()
        except FileExistsError:
            raise _taken(name) from None
        return runs_dir / name
    number = 1
    while True:
        path = runs_dir / f"{stem}-{number:03d}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _step(checkpoint: Path) -> int:
    return int(checkpoint.stem.partition("-")[2])


def now() -> str:
    """The time, as records keep it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _process_start(pid: int) -> str | None:
    """Tells a process from a later one with the same number; None where the system doesn't say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
