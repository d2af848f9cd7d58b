"""Labels of picture files: from the folders they are in, or from a table beside them.

The table is ``metadata.jsonl`` or ``metadata.csv`` as Hugging Face's image folders have it: a row a picture, with its
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

from artgan.data.safe_names import readable
from artgan.errors import UserError, unknown

UNSORTED = "unsorted"
"""The label of pictures that have none where others have one."""

TABLES = ("metadata.jsonl", "metadata.csv")
FILE_NAME = "file_name"
# What people call the column; the first that there is, is taken.
COLUMNS = ("label_name", "label", "class", "class_name", "category", "style", "genre")

Row = Mapping[str, Any]


def from_folders(names: Iterable[str], depth: int) -> list[str]:
    """The folders of each path, ``depth`` of them at most (``"mon/undead"``); :data:`UNSORTED` at the top."""
    return [sys.intern(readable("/".join(name.split("/")[:-1][:depth]) or UNSORTED)) for name in names]


def choose_source(wanted: str, table: Mapping[str, Row], column: str | None) -> str:
    """``"folders"``, ``"metadata"`` or ``"none"``, if ``"auto"`` is wanted: a table that has labels wins."""
    if wanted != "auto":
        return wanted
    return "metadata" if choose_column(table, column) else "folders"


def from_table(names: Iterable[str], table: Mapping[str, Row], column: str | None) -> list[str]:
    """What each picture's row has in ``column``, or the usual one; :data:`UNSORTED` where there is nothing.

    Raises:
        UserError: if there is no such column.
    """
    column = choose_column(table, column)
    if column is None:
        raise UserError(
            f"There is no column of labels: {' or '.join(TABLES)} beside the pictures should have one called "
            f"{COLUMNS[1]}, or name it with --data-option label_column=NAME."
        )
    # Macs decompose accents in the names of files, editors compose them in tables.
    composed = {unicodedata.normalize("NFC", name): row for name, row in table.items()}
    rows = (table.get(name) or composed.get(unicodedata.normalize("NFC", name), {}) for name in names)
    return [_as_text(row.get(column)) or UNSORTED for row in rows]


def is_table(name: str) -> bool:
    """Whether the file may hold labels."""
    return posixpath.basename(name) in TABLES


def read_table(name: str, text: str) -> dict[str, Row]:
    """Rows by the path of their picture, relative to where the names of files are.

    Args:
        name: of the table, from there; pictures are named from the folder that it is in.
        text: its contents.

    Raises:
        UserError: if a line can't be read, or has no ``file_name``.
    """
    folder = posixpath.dirname(name)
    rows: dict[str, Row] = {}
    for number, row in _rows(name, text):
        path = row.get(FILE_NAME)
        if not isinstance(path, str) or not path:
            raise UserError(f"{name}, line {number}, names no picture: each row needs its path as {FILE_NAME}.")
        rows[posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))] = row
    return rows


def choose_column(table: Mapping[str, Row], column: str | None) -> str | None:
    """``column``, or the first of :data:`COLUMNS` that there is. Raises :class:`UserError` for one that isn't there."""
    if column and not table:
        raise UserError(f"There is no {' or '.join(TABLES)} beside the pictures: label_column={column} needs one.")
    # Rows of a JSON table may differ; the order is that of their first appearance.
    known = list(dict.fromkeys(key for row in table.values() for key in row if key != FILE_NAME))
    if column is None:
        filled = {key for row in table.values() for key in row if _as_text(row[key])}
        return next((name for name in COLUMNS if name in filled), None)
    if column not in known:
        raise unknown("column of the metadata", column, known)
    return column


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Their names, each once: 2 before 10, numbers before words, :data:`UNSORTED` last."""
    return tuple(sorted(set(labels), key=lambda name: (name == UNSORTED, _natural_order(name))))


def _rows(name: str, text: str) -> Iterable[tuple[int, Row]]:
    if name.endswith(".csv"):
        reader = csv.DictReader(io.StringIO(text))
        try:
            # What is in a line beyond the last column has no name.
            yield from enumerate(({key: row[key] for key in row if key is not None} for row in reader), 2)
        except csv.Error as error:
            raise UserError(f"{name} is no CSV after line {reader.line_num}: {error}.") from None
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{name}, line {number}, is no JSON: {error}.") from None
        if not isinstance(row, dict):
            raise UserError(f'{name}, line {number}, should be an object such as {{"{FILE_NAME}": "a.png"}}.')
        yield number, row


def _as_text(value: Any) -> str:
    if isinstance(value, (str, bool, int)):
        return readable(str(value).strip())
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:g}"
    return ""


def _natural_order(name: str) -> Sequence[tuple[float, str]]:
    # Python makes no number of thousands of digits, and nobody counts so far.
    parts = re.findall(r"\d{1,300}|\D+", name)
    key = [(int(part), "") if part.isdecimal() else (math.inf, part.casefold()) for part in parts]
    return [*key, (-1, name)]
