"""Find runs: list them all, or one by its name, a prefix or a path."""

import os
from pathlib import Path

from artgan.errors import ArtganError, UserError, unknown
from artgan.runs.folder import Kind, RunFolder
from artgan.runs.record import RECORD
from artgan.util import paths

Place = str | os.PathLike[str] | None


class AmbiguousRun(UserError):
    """Several runs have names that begin with what the user typed."""


def survey(runs_dir: Place, kind: type[Kind]) -> tuple[list[Kind], dict[str, ArtganError]]:
    """List all readable runs, newest first; and what is wrong with the others, by name."""
    found, unreadable = [], {}
    for path in sorted(paths.runs_dir(runs_dir).glob(f"*/{RECORD}")):
        if path.parent.name.startswith("."):
            continue  # one that is being made
        try:
            found.append(kind(path.parent))
        except ArtganError as error:
            unreadable[path.parent.name] = error
    return sorted(found, key=lambda run: (run.details.created, run.name), reverse=True), unreadable


def find(which: Place, runs_dir: Place, kind: type[Kind], with_checkpoint: bool = True) -> Kind:
    """Find a run by name, by a unique prefix of it or by path; the latest if None, of those that have a checkpoint.

    Args:
        which: the name, the prefix or the path.
        runs_dir: where runs are looked for.
        kind: the class to open it as.
        with_checkpoint: whether the latest must have a checkpoint.

    Raises:
        UserError: if there is no such run (it names the nearest match), or several match.
        ArtganError: if its record is damaged.
    """
    folder = paths.runs_dir(runs_dir)
    if which is None:
        known = survey(folder, kind)[0]
        if not known:
            raise UserError(f"There are no runs in {folder} yet: start one with `artgan train`.")
        return next((run for run in known if not with_checkpoint or run.checkpoints()), known[0])
    text = os.fspath(which)
    for path in (folder / text, Path(text)):
        if (path / RECORD).is_file():
            return kind(path)
    known, unreadable = survey(folder, kind)
    names = [*(run.name for run in known), *unreadable]
    matches = [name for name in names if name.startswith(text)]
    if len(matches) == 1:
        return kind(folder / matches[0])
    if matches:
        raise AmbiguousRun(f"'{text}' matches several runs: {', '.join(sorted(matches))}. Type more of the name.")
    raise unknown("run", text, names, f"Runs are looked for in {folder}.")


def find_folder(which: Place = None, runs_dir: Place = None, with_checkpoint: bool = True) -> RunFolder:
    """Find a run as :func:`find` does, opened as a :class:`RunFolder`."""
    return find(which, runs_dir, RunFolder, with_checkpoint)
