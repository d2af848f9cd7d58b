"""WebDataset shards: numbered tar files in which the files of a sample share a name and differ in their suffixes."""

import glob
import json
import re
import tarfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO

import artgan
from artgan.data.download import TIMEOUT_SECONDS
from artgan.data.labels import COLUMNS
from artgan.data.picture import SUFFIXES

# A picture that claims to be larger would fill the memory.
MOST_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture in a shard.

    Attributes:
        name: its path without suffixes.
        content: the file's contents.
        label: from ``.cls`` or ``.json``; None if there is none.
    """

    name: str
    content: bytes
    label: str | None


def expand(pattern: str) -> list[str]:
    """Expand ``"art-{000..002}.tar"`` to three names, and patterns with ``*`` to existing files; separate with commas.

    Raises:
        UserError: if nothing matches.
    """
    found = []
    for part in filter(None, (part.strip() for part in pattern.split(","))):
        names = _braces(part)
        if "://" not in part and any(sign in part for sign in "*?["):
            names = [path for name in names for path in sorted(glob.glob(str(Path(name).expanduser())))]
        found += names
    if not found:
        raise artgan.UserError(f"No shards match {pattern!r}: give URLs or files such as art-{{000..099}}.tar.")
    return found


def samples(shard: str, label_column: str | None) -> Iterator[Sample]:
    """Yield the pictures of a shard in order, in a single pass; nothing is kept.

    Raises:
        UserError: if it isn't available or isn't a tar file.
    """
    try:
        with _stream(shard) as stream, tarfile.open(fileobj=stream, mode="r|*") as tar:
            yield from _samples(tar, label_column)
    except (tarfile.TarError, EOFError) as error:
        raise artgan.UserError(f"The shard {shard} is damaged ({error}).") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise artgan.UserError(f"The shard {shard} can't be read: {reason}.") from error


def _samples(tar: tarfile.TarFile, label_column: str | None) -> Iterator[Sample]:
    key, picture, label = "", None, None
    for member in tar:
        if not member.isreg() or member.size > MOST_BYTES:
            continue
        folder, _, base = member.name.rpartition("/")
        stem, _, suffix = base.partition(".")
        name = f"{folder}/{stem}" if folder else stem
        if name != key:
            if picture is not None:
                yield Sample(key, picture, label)
            key, picture, label = name, None, None
        last = "." + suffix.lower().rpartition(".")[2]
        file = tar.extractfile(member)
        assert file is not None
        if last in SUFFIXES:
            picture = file.read()
        elif last == ".cls" and label_column is None:
            label = file.read(1000).decode("utf-8", "replace").strip()
        elif last == ".json" and label is None:
            label = _from_json(file.read(1 << 20), label_column)
    if picture is not None:
        yield Sample(key, picture, label)


def _from_json(content: bytes, column: str | None) -> str | None:
    try:
        row = json.loads(content)
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    value = row.get(column) if column else next((row[name] for name in COLUMNS if name in row), None)
    return str(value) if isinstance(value, (str, int)) else None


def _stream(shard: str) -> BinaryIO:
    if "://" not in shard:
        return Path(shard).expanduser().open("rb")
    if not shard.startswith(("http://", "https://")):
        raise artgan.UserError(f"The shard {shard} can't be read: URLs must start with http:// or https://.")
    request = urllib.request.Request(shard, headers={"User-Agent": "artgan"})
    return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # type: ignore[no-any-return]


def _braces(text: str) -> list[str]:
    match = re.search(r"\{(\d+)\.\.(\d+)\}", text)
    if not match:
        return [text]
    first, last = match.groups()
    if int(last) - int(first) > 1_000_000:
        raise artgan.UserError(f"{match[0]} stands for more than a million shards: give a smaller range.")
    numbers = range(int(first), int(last) + 1)
    return [
        name
        for number in numbers
        for name in _braces(f"{text[: match.start()]}{number:0{len(first)}d}{text[match.end() :]}")
    ]
