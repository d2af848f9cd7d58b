"""A run's record, ``run.json``: its contents, how it is read and checked, and how a new run appears with it."""

import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from artgan.errors import Damaged, UserError
from artgan.runs.entries import (
    AlarmRecord,
    BestRecord,
    BlendRecord,
    BudgetRecord,
    ChoiceRecord,
    ConfigRecord,
    DataRecord,
    ModelRecord,
    Origin,
    ParentRecord,
    ProcessRecord,
    Progress,
    RecoveryRecord,
    SessionRecord,
)
from artgan.util import files
from artgan.util.json_object import JSONObject, Mismatch, to_json

RECORD = "run.json"
FORMAT = 1
"""The version of the record. Keys may be added to a version, so readers ignore those that they don't know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord(JSONObject):
    """Everything that ``run.json`` says of a run. A default is what an older version, which didn't write it, meant.

    Attributes:
        format: the record's version.
        name: of the run, when it was created.
        created: when, as :func:`now` writes it.
        budget: when training ends.
        config: what was asked for.
        model: the model as it was built.
        data: the images.
        device: where it was trained, by name.
        precision: of its numbers.
        processes: how many trained it together.
        plugins: where the plugins came from, by the part that each plays.
        versions: of artgan and libraries.
        choices: options that the user left open, and what was chosen.
        parents: checkpoints that it began with.
        blend: how it was blended, if it was.
        status: as it was last written; see :attr:`artgan.runs.folder.RunFolder.status`.
        process: that trains it, or did last.
        signal: that ended the last session.
        ended: when.
        error: why it failed.
        exhibit: the folder of the exhibit that was made at the end.
        progress: as of the last checkpoint.
        sessions: those that continued it.
        best: the best checkpoint.
        alarms: warnings that it was failing.
        recoveries: how often it had diverged and was brought back.
    """

    format: int = FORMAT
    name: str = ""
    created: str
    budget: BudgetRecord = field(default_factory=BudgetRecord)
    config: ConfigRecord = field(default_factory=ConfigRecord)
    model: ModelRecord = field(default_factory=ModelRecord)
    data: DataRecord = field(default_factory=DataRecord)
    device: str | None = None
    precision: str | None = None
    processes: int = 1
    plugins: Mapping[str, Origin] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[ChoiceRecord, ...] = ()
    parents: tuple[ParentRecord, ...] = ()
    blend: BlendRecord | None = None
    status: str = "created"
    process: ProcessRecord = field(default_factory=ProcessRecord)
    signal: int | None = None
    ended: str | None = None
    error: str | None = None
    exhibit: str | None = None
    progress: Progress = field(default_factory=Progress)
    sessions: tuple[SessionRecord, ...] = ()
    best: BestRecord | None = None
    alarms: tuple[AlarmRecord, ...] = ()
    recoveries: tuple[RecoveryRecord, ...] = ()


class Entries(TypedDict, total=False):
    """Keys of :class:`RunRecord` to write, in the order in which they are to be written.

    Only what is given gets into the file: it shows which keys a run has, and which it never had.
    """

    format: int
    name: str
    created: str
    budget: BudgetRecord
    config: ConfigRecord
    model: ModelRecord
    data: DataRecord
    device: str | None
    precision: str | None
    processes: int
    plugins: Mapping[str, Origin]
    versions: Mapping[str, str]
    choices: tuple[ChoiceRecord, ...]
    parents: tuple[ParentRecord, ...]
    blend: BlendRecord | None
    status: str
    process: ProcessRecord
    signal: int | None
    ended: str | None
    error: str | None
    exhibit: str | None
    progress: Progress
    sessions: tuple[SessionRecord, ...]
    best: BestRecord | None
    alarms: tuple[AlarmRecord, ...]
    recoveries: tuple[RecoveryRecord, ...]


def check_name(runs_dir: Path, name: str | None) -> None:
    """Raise :class:`UserError` if a new run can't be called ``name``; None stands for any free name."""
    if name is None:
        return
    if not re.fullmatch(r"[\w][\w.\-+]*", name):
        raise UserError(f"--name '{name}' may only contain letters, digits, '-', '_', '.' and '+'.")
    if os.path.lexists(runs_dir / name):
        raise _taken(name)


def _taken(name: str) -> UserError:
    return UserError(f"Run '{name}' already exists: choose another --name, or continue it with `artgan resume {name}`.")


def make(runs_dir: Path, name: str | None, stem: str, entries: Entries) -> Path:
    """Create a run's folder with its record in it, atomically: rename() decides who gets a name when two start."""
    hidden = runs_dir / f".{name or stem}.{uuid.uuid4().hex[:8]}{files.SUFFIX}"
    hidden.mkdir()
    try:
        number = 1
        while True:
            path = runs_dir / (name or f"{stem}-{number:03d}")
            if not os.path.lexists(path):
                whole = {"format": FORMAT, "name": path.name, "created": now(), **entries}
                write(hidden, RunRecord.parse(to_json(whole)))
                try:
                    hidden.rename(path)
                except OSError:
                    if not os.path.lexists(path):
                        raise
                else:
                    files.flush_folder(runs_dir)
                    return path
            if name is not None:
                raise _taken(name)
            number += 1
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def write(path: Path, record: RunRecord) -> None:
    """Write the record of the run in ``path``. Raises :class:`ArtganError` if it can't be written."""
    files.write_atomic(path / RECORD, json.dumps(record.to_json(), indent=2) + "\n")


def read(path: Path) -> RunRecord:
    """Return the record of the run in ``path``.

    Raises:
        UserError: if there is none, it can't be read, or another version of artgan wrote it.
        ArtganError: if it is damaged.
    """
    files.require_inside(path, path / RECORD)
    try:
        text = (path / RECORD).read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} isn't a run: it has no {RECORD}.") from None
    except OSError as error:
        raise UserError(f"{path / RECORD} can't be read: {error.strerror or error}.") from None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, _what_is_wrong(text, error)) from None
    _check_format(found, path)
    try:
        return RunRecord.parse(found)
    except Mismatch as error:
        raise damaged(path, f"its '{error.key}' is missing or malformed") from None


def damaged(path: Path, why: str) -> Damaged:
    """Return the error for a run whose record can't be used, and ``why``."""
    advice = f"The run can't be used without it: restore a copy of it, or delete {path}"
    return Damaged(path / RECORD, f"{why}. {advice}")


def _what_is_wrong(text: bytes, error: Exception) -> str:
    if not text.strip(b"\0 \r\n"):
        return "it is empty"
    if isinstance(error, UnicodeDecodeError):
        return "it isn't text"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if not isinstance(error, json.JSONDecodeError):
        return "it holds a number with thousands of digits"
    if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg:
        return "it ends in the middle"
    return f"line {error.lineno} isn't JSON"


def _check_format(record: Any, path: Path) -> None:
    """Raise :class:`UserError` unless ``record`` is of this version."""
    found = record.get("format") if isinstance(record, dict) else None
    if isinstance(found, int) and found > FORMAT:
        raise UserError(
            f"{path} has run format {found}, which a newer artgan wrote; this one reads format {FORMAT}. "
            "Install the newest version."
        )
    if found != FORMAT:
        raise UserError(f"This version of artgan can't read the run {path}: its {RECORD} has format {found}.")


def now() -> str:
    """Return the time as records keep it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def process_start(pid: int) -> str | None:
    """Return what tells a process from a later one with the same number; None where the system doesn't say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
