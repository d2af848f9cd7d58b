"""Which checkpoints a run has, which of them is meant, and which is whole. Needs no torch."""

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
    """A checkpoint was passed over because it is damaged."""


def listed(folder: Path) -> list[Path]:
    """The checkpoints in a folder, oldest first."""
    return sorted((path for path in folder.glob("step-*.safetensors") if _NAME.fullmatch(path.name)), key=step_of)


def step_of(path: Path) -> int:
    """After how many steps a checkpoint was written, as its name says."""
    return int(path.stem.partition("-")[2])


def latest(folder: Path, run: str) -> Path:
    """The last checkpoint that is whole; a :class:`DamagedWarning` names those that aren't.

    Raises:
        UserError: if there is none at all.
        ArtganError: if all are damaged.
    """
    known = listed(folder)
    if not known:
        raise UserError(f"{run} has no checkpoint yet. Its first comes with --checkpoint-every, or when it ends.")
    problems = []
    for path in reversed(known):
        try:
            require_inside(folder, path)
            checksum.check(path)
        except Damaged as error:
            problems.append(str(error))
        else:
            if problems:
                warnings.warn(f"{' '.join(problems)} {path.name} is taken instead.", DamagedWarning, stacklevel=2)
            return path
    raise ArtganError(f"{problems[0]} {run} has no other that is whole.")


def choose(folder: Path, run: str, which: str) -> Path:
    """A checkpoint by step, by file name or path, or ``"best"``.

    Raises:
        UserError: if there is none such.
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
    raise unknown(f"checkpoint of {run}", which, steps, "" if steps else "It has none yet.")


def set_aside_after(folder: Path, step: int) -> None:
    """Rename checkpoints later than ``step`` to ``left-…``: the run goes on from there, another way.

    Raises:
        ArtganError: if that can't be.
    """
    for path in listed(folder):
        if step_of(path) > step:
            set_aside(path)


def set_aside(path: Path) -> None:
    """Rename a checkpoint to ``left-…``. Raises :class:`ArtganError`."""
    with write_errors(path):
        path.replace(path.with_name(f"left-{path.name}"))


def drop_oldest(folder: Path, keep: int) -> None:
    """Remove all but the latest ``keep``; 0 keeps all. What can't be removed stays."""
    for old in listed(folder)[:-keep] if keep else ():
        with suppress(OSError):
            old.unlink(missing_ok=True)


def hold(path: Path, digest: str) -> None:
    """Give a run's checkpoint a second name, under which it stays when a later one takes the place of the first.

    Pictures were made by it, and can be made again for as long as it is there. It takes no room until then: it is the
    same file. Where the file system knows no hard links, or nothing may be written, it is left as it is.
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
            f"{run} has no best checkpoint: trainings with --evaluate-every keep one. "
            "Without --checkpoint, its last one is taken."
        )
    require_inside(folder, path)
    return path
