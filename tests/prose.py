"""Search docstrings, messages and documents for phrases that a native engineer wouldn't write.

    uv run python -m tests.prose                     # everything that tests/test_prose.py checks
    uv run python -m tests.prose artgan/cli docs     # files and folders of your choice

Each line of the output names a place, the phrase and what to write instead. The exit code is 1 if there is any.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.prose_rules import NOMINAL, RULES, VERBS, Rule

DOCUMENTS = ("*.md", "docs/**/*.md", "benchmarks/*.md", ".github/**/*.md", ".github/**/*.yml")
CODE = ("artgan/**/*.py", "artgan/**/*.html", "artgan/**/*.in", "plugins/**/*.py")


@dataclass(frozen=True)
class Passage:
    """A piece of text with the line that it starts at.

    Attributes:
        kind: ``"text"``, ``"docstring"``, or ``"function"`` for the docstring of a function.
    """

    line: int
    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Finding:
    """A phrase in a file, and what to write instead."""

    path: Path
    line: int
    phrase: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: '{self.phrase}': {self.instead}"


_CODE = re.compile(r":\w+:`[^`]+`|``[^`]+``|`[^`\n]+`|(?<=\]\()[^)\s]+(?=\))|https?://\S+")
_FENCE = re.compile(r"^```python[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class _Compiled:
    rule: Rule
    pattern: re.Pattern[str] = field(init=False)
    unless: tuple[re.Pattern[str], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", _compile(self.rule.pattern))
        object.__setattr__(self, "unless", tuple(map(_compile, self.rule.unless)))

    def search(self, text: str) -> Iterator[re.Match[str]]:
        native = [match.span() for pattern in self.unless for match in pattern.finditer(text)]
        for match in self.pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in native):
                yield match


def _compile(pattern: str) -> re.Pattern[str]:
    """Compile an expression in which a space stands for spaces or one line break."""
    return re.compile(pattern.replace(" ", r"(?:[ \t]+|[ \t]*\n[ \t>#]*)"), re.IGNORECASE | re.MULTILINE)


_RULES = tuple(map(_Compiled, RULES))


def check(passage: Passage) -> Iterator[tuple[int, str, str]]:
    """Yield line, phrase and what to write instead, for each phrase in a passage."""
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", "x", code[0]), passage.text)
    seen: set[int] = set()
    for compiled in _RULES:
        for match in compiled.search(text):
            if not seen.isdisjoint(range(*match.span())):
                continue
            seen.update(range(*match.span()))
            line = passage.line + text[: match.start()].count("\n")
            yield line, " ".join(passage.text[match.start() : match.end()].split()), compiled.rule.instead
    if passage.kind != "text":
        yield from _check_opening(passage)


def _check_opening(passage: Passage) -> Iterator[tuple[int, str, str]]:
    words = passage.text.split()
    if not words:
        yield passage.line, "", "write a docstring, or none"
        return
    opening = " ".join(words[:4])
    if NOMINAL.match(opening):
        what = "a verb in the imperative" if passage.kind == "function" else "the noun it describes"
        yield passage.line, opening, f"begin with {what}"
    elif passage.kind == "function" and not _is_imperative(words):
        yield passage.line, opening, "begin with a verb in the imperative (VERBS in tests/prose_rules.py)"


def _is_imperative(words: list[str]) -> bool:
    """Return whether a text begins with a verb, and not with a noun that is spelled like one ("Shape of …")."""
    noun = len(words) > 1 and (words[1] == "of" or words[1].startswith("("))
    return re.split(r"\W", words[0])[0].lower() in VERBS and not noun


def passages(path: Path) -> Iterator[Passage]:
    """Yield what people read in a file."""
    text = path.read_text(encoding="utf-8")
    if path.name.endswith(".py"):
        yield from python(text)
    elif path.name.endswith(".py.in"):
        yield from python(re.sub(r"\$\{?(\w+)\}?", r"\1", text))
    else:
        yield Passage(1, text)
        for fence in _FENCE.finditer(text) if path.suffix == ".md" else ():
            before = text[: fence.start(1)].count("\n")
            yield from (
                Passage(before + found.line, found.text, found.kind)
                for found in _docstrings(ast.parse(fence[1]))
                if NOMINAL.match(found.text.lstrip())
            )


def python(source: str) -> Iterator[Passage]:
    """Yield the docstrings of a module, and all its strings that hold a space."""
    tree = ast.parse(source)
    docstrings = list(_docstrings(tree))
    yield from docstrings
    known = {found.line for found in docstrings}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = _string(node) if id(node) not in parts else ""
        line = getattr(node, "lineno", 0)
        if " " in text.strip() and line not in known:
            yield Passage(line, text)


def _string(node: ast.AST) -> str:
    """Return a string's text, with ``{}`` for what an f-string fills in; empty for all other nodes."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _docstrings(tree: ast.AST) -> Iterator[Passage]:
    """Yield the docstrings of the module, its classes, functions and attributes."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for index, statement in enumerate(body):
            value = getattr(statement, "value", None) if isinstance(statement, ast.Expr) else None
            if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                continue
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and index == 0
            kind = "function" if function and not _is_property(node) else "docstring"
            yield Passage(value.lineno, value.value, kind)


def _is_property(node: ast.AST) -> bool:
    names = [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", ())]
    return any(name.rpartition(".")[2] in ("property", "cached_property", "setter") for name in names)


def files(root: Path, patterns: tuple[str, ...] = (*DOCUMENTS, *CODE)) -> list[Path]:
    """Return the files below a folder that match, in order."""
    return sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})


def findings(path: Path) -> list[Finding]:
    """Return what is wrong in a file, in order."""
    found = {(line, phrase, instead) for passage in passages(path) for line, phrase, instead in check(passage)}
    return [Finding(path, *place) for place in sorted(found)]


def main(arguments: list[str]) -> int:
    """Print what is wrong in files and folders, by default in all that the tests check."""
    paths: list[Path] = []
    for name in arguments or ["."]:
        path = Path(name)
        below = ("**/*.md", "**/*.py", "**/*.in", "**/*.html") if arguments else (*DOCUMENTS, *CODE)
        paths += files(path, below) if path.is_dir() else [path]
    found = [finding for path in paths for finding in findings(path)]
    for finding in found:
        print(finding)
    counts = Counter(str(finding.path) for finding in found)
    print(f"{len(found)} phrases in {len(counts)} of {len(paths)} files", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
