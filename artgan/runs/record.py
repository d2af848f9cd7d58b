"""A run's folder: made at once with its record in it, checked when it is read, owned by one process at a time."""

import json
import os
import re
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artgan.errors import Damaged, UserError
from artgan.util import files
from artgan.util.schema import NOTHING, NUMBER, has_shape

RECORD = "run.json"
FORMAT = 1

_PLUGINS = {str: {"distribution!": str, "version!": str, "entry_point!": str, "name": str, "kind": str}}
SHAPE: dict[str, Any] = {
    "created!": str,
    "status": str,
    "config": {"model": str, "data": str},
    "model": {"options": dict, "parameters": {str: NUMBER}},
    "data": {"shape": [int], "labels": [str], "options": dict, "folder": str, "fingerprint": str},
    "budget": {"max_steps": (int, NOTHING), "max_seconds": (*NUMBER, NOTHING)},
    "progress": {"step": int, "images": int, "seconds": NUMBER},
    "process": {"pid": (int, NOTHING), "host": str, "started": (str, NOTHING)},
    "plugins": _PLUGINS,
    "sessions": [{"plugins": _PLUGINS, "versions": {str: str}}],
    "versions": {str: str},
    "alarms": [{"step!": int, "kind!": str, "text!": str}],
    "recoveries": [dict],
    "parents": [
        {"run!": str, "step!": int, "sha256!": str, "taken": {str: {"taken!": int, "of!": int}}, "weight": NUMBER}
    ],
    "best": ({"step!": int, "metric!": str, "value!": NUMBER, "extractor!": str, "features!": str}, NOTHING),
    "exhibit": (str, NOTHING),
    "error": (str, NOTHING),
}
"""What the program relies on; a record may hold more."""


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


def make(runs_dir: Path, name: str | None, stem: str, record: dict[str, Any]) -> Path:
    """Make the run's folder with its record in it, at once: rename() decides who has a name when two start."""
    hidden = runs_dir / f".{name or stem}.{uuid.uuid4().hex[:8]}{files.SUFFIX}"
    hidden.mkdir()
    try:
        number = 1
        while True:
            path = runs_dir / (name or f"{stem}-{number:03d}")
            if not os.path.lexists(path):
                entries = {"format": FORMAT, "name": path.name, "created": now(), **record}
                files.write_atomic(hidden / RECORD, json.dumps(entries, indent=2) + "\n")
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


def read(path: Path) -> dict[str, Any]:
    """The record of the run in ``path``.

    Raises:
        UserError: if there is none, it may not be read, or another version of artgan wrote it.
        ArtganError: if it is damaged.
    """
    files.require_inside(path, path / RECORD)
    try:
        text = (path / RECORD).read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} is no run: it has no {RECORD}.") from None
    except OSError as error:
        raise UserError(f"{path / RECORD} can't be read: {error.strerror or error}.") from None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, _what_is_wrong(text, error)) from None
    _check(record, path)
    return dict(record)


def _what_is_wrong(text: bytes, error: Exception) -> str:
    if not text.strip(b"\0 \r\n"):
        return "it is empty"
    if not isinstance(error, json.JSONDecodeError):
        return "it is no text" if isinstance(error, UnicodeDecodeError) else "it is nested too deeply"
    if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg:
        return "it ends in the middle"
    return f"line {error.lineno} is no JSON"


def _damaged(path: Path, why: str) -> Damaged:
    return Damaged(path / RECORD, f"{why}. Without it the run can't be used: put a copy of it back, or delete {path}")


def _check(record: Any, path: Path) -> None:
    """Raises an error unless ``record`` is what artgan writes."""
    found = record.get("format") if isinstance(record, dict) else None
    if isinstance(found, int) and found > FORMAT:
        raise UserError(
            f"{path} is a run of format {found}, of a newer artgan; this one reads {FORMAT}. Install the newest."
        )
    if found != FORMAT:
        raise UserError(f"{path} is no run that this version of artgan can read: its {RECORD} has format {found}.")
    odd = [key for key, shape in SHAPE.items() if not has_shape(record, {key: shape})]
    if odd:
        raise _damaged(path, f"its {odd[0].rstrip('!')} is not what artgan writes")


def now() -> str:
    """The time, as records keep it: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def process_start(pid: int) -> str | None:
    """Tells a process from a later one with the same number; None where the system doesn't say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
