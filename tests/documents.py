"""Reads the fenced blocks of the project's Markdown files, so that tests can hold them to their word."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])

FENCE = re.compile(r"^```(?P<language>\w*)(?P<rest>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it is the contents of, other words on its first line, and its text."""

    language: str
    title: str | None
    flags: tuple[str, ...]
    text: str


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document."""
    return fenced(document.read_text(encoding="utf-8"))


def fenced(text: str) -> list[Block]:
    """The fenced blocks of a text."""
    found = []
    for match in FENCE.finditer(text):
        title = TITLE.search(match["rest"])
        flags = tuple(TITLE.sub("", match["rest"]).split())
        found.append(Block(match["language"], title and title[1], flags, match["text"]))
    return found


def commands(document: Path) -> list[tuple[str, list[str]]]:
    """Commands that a document shows after a ``$``, or as lines of ``sh`` blocks, and what they print, as lines."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks(document):
        if block.language == "sh":
            lines = block.text.replace("\\\n", " ").splitlines()
            found += [(line, []) for line in lines if line.strip() and not line.startswith("#")]
        elif block.language == "console":
            for line in block.text.splitlines():
                if line.startswith("$ "):
                    found.append((line[2:], []))
                elif found:
                    found[-1][1].append(line)
    return found


def artgan_arguments(command: str) -> list[list[str]]:
    """The arguments of every call of artgan in a command line: after ``&&``, ``uv run`` or ``torchrun … -m`` too."""
    found = []
    for part in re.split(r"&&|\||;", command):
        words = shlex.split(part.partition(" > ")[0], comments=True)
        while words and (words[0] in ("uv", ".uv/bin/uv", "run") or re.fullmatch(r"[A-Z_]+=\S*", words[0])):
            words.pop(0)
        if words[:1] == ["torchrun"]:
            words = words[words.index("-m") + 1 :]
        if words[:1] == ["artgan"]:
            found.append(words[1:])
    return found
