"""Create plugin packages: small ones that work, for authors to build on."""

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
from artgan.util.files import write_errors


@dataclass(frozen=True, slots=True)
class Package:
    """A new package.

    Attributes:
        path: its folder.
        kind: the kind of plugin: ``model``, ``dataset``, …
        title: the kind in words: ``model``, ``data set``, …
        names: its names.
        files: all files, relative to ``path``, the most interesting first.
        use: commands that use the plugin, once it is installed.
    """

    path: Path
    kind: str
    title: str
    names: Names
    files: list[str]
    use: list[str]


def create(name: str, kind: str, directory: Path | str = ".", commands: Collection[str] = ()) -> Package:
    """Create the package ``artgan-NAME`` with a working example.

    Args:
        name: the plugin's name.
        kind: the kind of plugin: ``model``, ``dataset``, …
        directory: the folder to put the package's folder in.
        commands: names of artgan's own commands, which a plugin's command can't have.

    Raises:
        UserError: if the name is invalid or taken, the kind doesn't exist, or the folder already exists.
    """
    if kind not in EXAMPLES:
        raise unknown("kind of plugin", kind, EXAMPLES)
    example, found = EXAMPLES[kind], names(name)
    path = Path(directory) / found.distribution
    if path.exists() or path.is_symlink():
        raise UserError(f"{path} already exists and won't be overwritten: use another name or another --directory.")
    if kind == "command" and found.name in commands:
        raise UserError(f"`artgan {found.name}` is one of artgan's own commands. How about my-{found.name}?")
    require_free(found, example.spec, registry())
    texts = _texts(found, example)
    with write_errors(path, UserError):
        _write(path, texts)
    return Package(
        path, kind, example.spec.title, found, list(texts), [line.format(name=found.name) for line in example.use]
    )


def _texts(found: Names, example: Example) -> dict[str, str]:
    """Return the contents of all files, by path."""
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
        "description": json.dumps(f"{example.summary}: a {spec.title} for artgan"),
        "use": "\n".join(line.format(name=found.name) for line in example.use),
        "about": example.about.format(name=found.name),
        "author": json.dumps(author or f"The {found.distribution} authors", ensure_ascii=False),
        "holder": author or f"the {found.distribution} authors",
        "year": str(date.today().year),
        "artgan_versions": compatible(__version__),
        "sources": sources,
        # The machine that runs the workflow doesn't have this path to artgan.
        "ci_tests": "uv run --no-sources" if "path = " in sources else "uv run",
    }


def _author() -> str:
    """Return the user's name in git's configuration; empty if it isn't set."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ["git", "config", "--get", "user.name"], capture_output=True, text=True, timeout=5, check=False
        )
        return " ".join(done.stdout.split())
    return ""


def _write(path: Path, texts: dict[str, str]) -> None:
    """Write the files to a temporary folder and rename it, so that the package exists whole or not at all."""
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
