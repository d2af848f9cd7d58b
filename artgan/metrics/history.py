"""``evaluation.json``: all evaluations of a run or an exhibit, in order of time."""

import json
from pathlib import Path
from typing import Any

from artgan.errors import ArtganError
from artgan.util.files import locked, write_atomic

NAME = "evaluation.json"
FORMAT = 1


def append(folder: Path, record: dict[str, Any]) -> None:
    """Add an evaluation. Raises :class:`ArtganError` if the file can't be written, or wasn't written by artgan."""
    with locked(folder):
        kept = read(folder)
        write_atomic(
            folder / NAME,
            json.dumps({"format": FORMAT, "evaluations": [*kept, record]}, indent=2, ensure_ascii=False) + "\n",
        )


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the evaluations in ``folder``, the latest last. Raises :class:`ArtganError` if the file is damaged."""
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ArtganError(f"{path} was written by another version of artgan and can't be read by this one.")
        evaluations: list[dict[str, Any]] = list(found["evaluations"])
        return evaluations
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtganError(f"{path} can't be read ({error}): move it away and evaluate again.") from error
