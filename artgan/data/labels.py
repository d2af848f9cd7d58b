"""Labels of picture files, from their folders or from a table beside them.

The table is ``metadata.jsonl`` or ``metadata.csv``, as in Hugging Face's image folders: one row per picture, with its
path in ``file_name``.
"""

import csv
import io
import json
import math
import posixpath
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from artgan.data.safe_names import safe_name
from artgan.errors import UserError, unknown

UNSORTED = "unsorted"
"""The label of pictures without one, where others have labels."""

TABLES = ("metadata.jsonl", "metadata.csv")
FILE_NAME = "file_name"
# Usual names of the column, in order of preference.
COLUMNS = ("label_name", "label", "class", "class_name", "category", "style", "genre")

Row = Mapping[str, Any]


def from_folders(names: Iterable[str], depth: int) -> list[str]:
    """Return the folders of each path, at most ``depth`` of them (``"mon/undead"``); :data:`UNSORTED` at the top."""
    return [sys.intern(safe_name("/".join(name.split("/")[:-1][:depth]) or UNSORTED)) for name in names]


def choose_source(wanted: str, table: Mapping[str, Row], column: str | None) -> str:
    """Return where labels come from: ``wanted``, or if that is ``"auto"``, a table with labels, else ``"folders"``."""
    if wanted != "auto":
        return wanted
    return "metadata" if choose_column(table, column) else "folders"


def from_table(names: Iterable[str], table: Mapping[str, Row], column: str | None) -> list[str]:
    """Return each picture's label from the table; :data:`UNSORTED` where there is none.

    Args:
        names: the pictures' paths.
        table: rows by path.
        column: the column of labels; None: the usual one.

    Raises:
        UserError: if the table has no such column.
    """
    column = choose_column(table, column)
    if column is None:
        raise UserError(
            f"No column of labels found. Add one called {COLUMNS[1]} to {' or '.join(TABLES)} beside the pictures, or "
            "name yours with --data-option label_column=NAME."
        )
    # macOS decomposes accents in file names; editors compose them in tables.
    composed = {unicodedata.normalize("NFC", name): row for name, row in table.items()}
    rows = (table.get(name) or composed.get(unicodedata.normalize("NFC", name), {}) for name in names)
    return [_as_text(row.get(column)) or UNSORTED for row in rows]


def is_table(name: str) -> bool:
    """Return whether a file may contain labels, by its name."""
    return posixpath.basename(name) in TABLES


def read_table(name: str, text: str) -> dict[str, Row]:
    """Return the rows of a table by the path of their picture.

    Args:
        name: path of the table; pictures are named relative to its folder.
        text: its contents.

    Raises:
        UserError: if a line can't be parsed, or has no ``file_name``.
    """
    folder = posixpath.dirname(name)
    rows: dict[str, Row] = {}
    for number, row in _rows(name, text):
        path = row.get(FILE_NAME)
        if not isinstance(path, str) or not path:
            raise UserError(f"{name}, line {number}: {FILE_NAME} is missing. Each row needs its picture's path there.")
        rows[posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))] = row
    return rows


def choose_column(table: Mapping[str, Row], column: str | None) -> str | None:
    """Return ``column``, or the first of :data:`COLUMNS` that has labels; None if there is none.

    Raises:
        UserError: if ``column`` doesn't exist.
    """
    if column and not table:
        raise UserError(f"label_column={column} needs {' or '.join(TABLES)} beside the pictures, but there is neither.")
    # Rows of a JSON table may have different keys; list them in order of appearance.
    known = list(dict.fromkeys(key for row in table.values() for key in row if key != FILE_NAME))
    if column is None:
        filled = {key for row in table.values() for key in row if _as_text(row[key])}
        return next((name for name in COLUMNS if name in filled), None)
    if column not in known:
        raise unknown("column of the metadata", column, known)
    return column


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the different labels in order: 2 before 10, numbers before words, :data:`UNSORTED` last."""
    return tuple(sorted(set(labels), key=lambda name: (name == UNSORTED, _natural_order(name))))


def _rows(name: str, text: str) -> Iterable[tuple[int, Row]]:
    if name.endswith(".csv"):
        reader = csv.DictReader(io.StringIO(text))
        try:
            # Cells beyond the last column have no name.
            yield from enumerate(({key: row[key] for key in row if key is not None} for row in reader), 2)
        except csv.Error as error:
            raise UserError(f"{name} isn't valid CSV after line {reader.line_num}: {error}.") from None
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{name}, line {number}, isn't valid JSON: {error}.") from None
        if not isinstance(row, dict):
            raise UserError(f'{name}, line {number}, should be an object such as {{"{FILE_NAME}": "a.png"}}.')
        yield number, row


def _as_text(value: Any) -> str:
    if isinstance(value, (str, bool, int)):
        return safe_name(str(value).strip())
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:g}"
    return ""


def _natural_order(name: str) -> Sequence[tuple[float, str]]:
    # Python refuses to parse integers of thousands of digits.
    parts = re.findall(r"\d{1,300}|\D+", name)
    key = [(int(part), "") if part.isdecimal() else (math.inf, part.casefold()) for part in parts]
    return [*key, (-1, name)]
