"""The checkpoints in a run's folder: list them, choose one, delete old ones. Needs no torch."""

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path

from artgan.errors import ArtganError, Damaged, UserError, unknown
from artgan.runs import checksum
from artgan.util.files import require_inside, write_errors

BEST = "best.safetensors"
_HELD = "exhibited-"
_NAME = re.compile(r"step-(\d{1,18})\.safetensors", re.ASCII)


class DamagedWarning(UserWarning):
    """A checkpoint was skipped because it is damaged."""


def listed(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, oldest first."""
    return sorted((path for path in folder.glob("step-*.safetensors") if _NAME.fullmatch(path.name)), key=step_of)


def step_of(path: Path) -> int:
    """Return after how many steps a checkpoint was written, according to its name."""
    return int(path.stem.partition("-")[2])


def latest(folder: Path, run: str) -> Path:
    """Return the last checkpoint that isn't damaged; a :class:`DamagedWarning` names those that are.

    Raises:
        UserError: if there are none at all.
        ArtganError: if all of them are damaged.
    """
    known = listed(folder)
    if not known:
        raise UserError(
            f"{run} has no checkpoint yet. The first is saved after --checkpoint-every steps, or at the end."
        )
    problems = []
    for path in reversed(known):
        try:
            require_inside(folder, path)
            checksum.check(path)
        except Damaged as error:
            problems.append(str(error))
        else:
            if problems:
                warnings.warn(f"{' '.join(problems)} Using {path.name} instead.", DamagedWarning, stacklevel=2)
            return path
    raise ArtganError(f"{problems[0]} {run} has no undamaged checkpoint.")


def choose(folder: Path, run: str, which: str) -> Path:
    """Return a checkpoint by step, by file name or path, or ``"best"``.

    Raises:
        UserError: if there is no such checkpoint.
    """
    if which == "best":
        return _best(folder, run)
    if os.sep in which or which.endswith(".safetensors"):
        for path in (Path(which), folder / which):
            if path.is_file():
                return path
    known = listed(folder)
    if which.isascii() and which.isdigit():
        for path in known:
            if step_of(path) == int(which[:20]):
                require_inside(folder, path)
                return path
    steps = [str(step_of(path)) for path in known]
    raise unknown(f"checkpoint of {run}", which, steps, "" if steps else "It has no checkpoints yet.")


def set_aside_after(folder: Path, step: int) -> None:
    """Rename checkpoints later than ``step`` to ``left-…``: the run takes another course from there.

    Raises:
        ArtganError: if one can't be renamed.
    """
    for path in listed(folder):
        if step_of(path) > step:
            set_aside(path)


def set_aside(path: Path) -> None:
    """Rename a checkpoint to ``left-…``. Raises :class:`ArtganError`."""
    with write_errors(path):
        path.replace(path.with_name(f"left-{path.name}"))


def drop_oldest(folder: Path, keep: int) -> None:
    """Delete all but the latest ``keep``; 0 keeps all. Files that can't be deleted stay."""
    for old in listed(folder)[:-keep] if keep else ():
        with suppress(OSError):
            old.unlink(missing_ok=True)


def hold(path: Path, digest: str) -> None:
    """Give a run's checkpoint a second name, under which it stays when the first is deleted or overwritten.

    Images were made with it, and can be made again as long as it exists. Until then it takes no space, as both are the
    same file. Nothing happens if the file system has no hard links, or is read-only.
    """
    name = path.with_name(f"{_HELD}{digest[:16]}.safetensors")
    if path.name.startswith(_HELD):
        return
    with suppress(OSError):
        name.hardlink_to(path)


def _best(folder: Path, run: str) -> Path:
    path = folder / BEST
    if not path.is_file():
        raise UserError(
            f"{run} has no best checkpoint: only training with --evaluate-every keeps one. "
            "Without --checkpoint, its last one is used."
        )
    require_inside(folder, path)
    return path
