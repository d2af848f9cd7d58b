"""New plugin packages: a small one that works, to be made one's own."""

import json
import shutil
import subprocess
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from string import Template

from artgan._version import __version__
from artgan.errors import UserError, unknown
from artgan.plugins.loading import registry
from artgan.plugins.scaffold.kinds import EXAMPLES, Example
from artgan.plugins.scaffold.names import Names, names, require_free
from artgan.plugins.scaffold.source import uv_sources
from artgan.util.files import clear_errors


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was written.

    Attributes:
        path: its folder.
        kind: what it brings: ``model``, ``dataset``, …
        title: the same in words: ``model``, ``data set``, …
        names: its names.
        files: every file, relative to ``path``, the most interesting first.
        use: commands that use what it brings, once it is installed.
    """

    path: Path
    kind: str
    title: str
    names: Names
    files: list[str]
    use: list[str]


def create(name: str, kind: str, directory: Path | str = ".", commands: Collection[str] = ()) -> Package:
    """Write the package ``artgan-NAME`` with a working example of ``kind`` into ``directory``.

    ``commands`` are those that the program has of itself: no command can be called like one of them.

    Raises:
        UserError: if the name can't be one or is taken, the kind doesn't exist, or the folder exists already.
    """
    if kind not in EXAMPLES:
        raise unknown("kind of plugin", kind, EXAMPLES)
    example, found = EXAMPLES[kind], names(name)
    path = Path(directory) / found.distribution
    if path.exists() or path.is_symlink():
        raise UserError(
            f"{path} exists already, and nothing is ever overwritten: take another name or another --directory."
        )
    if kind == "command" and found.name in commands:
        raise UserError(f"`artgan {found.name}` is a command already. How about my-{found.name}?")
    require_free(found, example.spec, registry())
    texts = _texts(found, example)
    with clear_errors(path, UserError):
        _write(path, texts)
    return Package(
        path, kind, example.spec.title, found, list(texts), [line.format(name=found.name) for line in example.use]
    )


def _texts(found: Names, example: Example) -> dict[str, str]:
    """The contents of every file."""
    folder = files("artgan.plugins.scaffold") / "templates"
    values = _values(found, example)

    def fill(template: str) -> str:
        return Template((folder / f"{template}.in").read_text(encoding="utf-8")).substitute(values).rstrip("\n") + "\n"

    return {
        f"{found.module}/{example.kind}.py": fill(f"{example.kind}/module.py"),
        f"{found.module}/__init__.py": fill("package/init.py"),
        f"tests/test_{found.function.rstrip('_')}.py": fill(f"{example.kind}/test.py"),
        "tests/test_conformance.py": fill("package/conformance.py"),
        "pyproject.toml": fill("package/pyproject.toml"),
        "README.md": fill("package/README.md"),
        "LICENSE": fill("package/LICENSE"),
        ".gitignore": fill("package/gitignore"),
        ".github/workflows/ci.yml": fill("package/ci.yml"),
    }


def compatible(version: str) -> str:
    """Return the versions of artgan that a package made with ``version`` should require, such as ``>=0.2,<0.3``.

    Until 1.0, a new minor version may change what is public; from then on, only a new major version may.
    """
    major, minor = (int(part) for part in version.split(".")[:2])
    return f">={major}.{minor},<{major + 1}" if major else f">=0.{minor},<0.{minor + 1}"


def _values(found: Names, example: Example) -> dict[str, str]:
    author, sources = _author(), uv_sources()
    spec = example.spec
    return {
        "name": found.name,
        "distribution": found.distribution,
        "module": found.module,
        "class_name": found.class_name,
        "function": found.function,
        "file": example.kind,
        "target": found.function if example.kind == "command" else found.class_name,
        "title": spec.title,
        "hook": spec.hook,
        "spec": spec.__name__,
        "summary": example.summary,
        "summary_literal": json.dumps(example.summary),
        "lower_summary": example.summary[0].lower() + example.summary[1:],
        "description": json.dumps(f"{example.summary}: a {spec.title} for artgan"),
        "use": "\n".join(line.format(name=found.name) for line in example.use),
        "about": example.about.format(name=found.name),
        "author": json.dumps(author or f"The {found.distribution} authors", ensure_ascii=False),
        "holder": author or f"the {found.distribution} authors",
        "year": str(date.today().year),
        "artgan_versions": compatible(__version__),
        "sources": sources,
        # Where artgan is on this disk means nothing to the machine that runs the workflow.
        "ci_tests": "uv run --no-sources" if "path = " in sources else "uv run",
    }


def _author() -> str:
    """Whom git would name; empty if it has never been told."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ["git", "config", "--get", "user.name"], capture_output=True, text=True, timeout=5, check=False
        )
        return " ".join(done.stdout.split())
    return ""


def _write(path: Path, texts: dict[str, str]) -> None:
    """Write beside and rename, so that the package is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        for name, text in texts.items():
            file = temporary / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
