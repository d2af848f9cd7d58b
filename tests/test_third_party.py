"""A stranger's package, written from docs/plugins.md alone: built, installed without network, trained and exhibited.

Its files are the blocks of that page, so that the page can't say what isn't true.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from .documents import ROOT, commands, write_files

PAGE = ROOT / "docs" / "plugins.md"
SMALLEST = 3  # the blocks of the smallest plugin: pyproject.toml, the hook, the class


class Environment:
    """A fresh virtual environment that borrows the libraries of this one, and has artgan from a wheel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / "python"
        self.work = folder.parent / "work"
        self.work.mkdir()
        site = Path(self.output("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        # A folder named in a .pth file is searched, but .pth files in it are not read: what is installed here in
        # editable mode, artgan itself that is, stays out of sight.
        borrowed = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
        (site / "borrowed.pth").write_text("\n".join(borrowed) + "\n")

    def install(self, wheel: Path) -> None:
        """Without network, and without dependencies: those are borrowed."""
        uv = os.environ.get("UV") or shutil.which("uv")
        if uv:
            installer = [uv, "pip", "install", "--python", str(self.python), "--offline", "--no-index"]
        else:
            subprocess.run([self.python, "-m", "ensurepip"], check=True, capture_output=True)
            installer = [str(self.python), "-m", "pip", "install", "--no-index", "--disable-pip-version-check"]
        done = subprocess.run(
            [*installer, "--no-deps", "--force-reinstall", str(wheel)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "ARTGAN_", "VIRTUAL_ENV"))}
        return subprocess.run(
            [str(self.scripts / program), *arguments],
            cwd=self.work,
            env={**kept, "ARTGAN_CACHE": str(self.work / "cache"), "NO_COLOR": "1", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def output(self, program: str, *arguments: str) -> str:
        done = self.run(program, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


def build(project: Path, into: Path) -> Path:
    """A wheel of ``project``."""
    into.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """artgan and the package of the page, both from wheels."""
    folder = tmp_path_factory.mktemp("third-party")
    found = Environment(folder / "venv")
    found.install(build(ROOT, folder / "artgan-wheel"))
    write_files(PAGE, folder / "artgan-pond")
    found.install(build(folder / "artgan-pond", folder / "pond-wheel"))
    return found


def test_both_packages_come_from_their_wheels(environment):
    for module in ("artgan", "artgan_plugins", "artgan_pond"):
        place = environment.output("python", "-c", f"import {module}; print({module}.__file__)")
        assert environment.folder in Path(place.strip()).parents


def test_the_program_prints_what_the_page_shows(environment):
    """Every line of a listing on the page is a line of what is printed, spaces aside."""
    compared = 0
    shown = {command: lines for command, lines in commands(PAGE) if lines}
    for command, lines in shown.items():
        if not command.startswith("artgan "):
            continue
        printed = [line.split() for line in environment.output(*command.split()).splitlines()]
        for line in lines:
            if line.strip() not in ("", "…"):
                assert line.split() in printed, f"docs/plugins.md shows for `{command}`: {line}"
                compared += 1
    assert compared > 20


def test_train_and_exhibit_by_name(environment):
    trained = json.loads(
        environment.output(
            *("artgan", "train", "--model", "wgan", "--data", "ripples", "--steps", "20"),
            *(
                "--batch-size",
                "16",
                "-o",
                "width=8",
                "--name",
                "pond",
                "--sample-every",
                "20",
                "--no-gallery",
                "--json",
            ),
        )
    )
    assert (trained["model"], trained["data"], trained["steps"]) == ("wgan", "ripples", 20)
    assert {"critic", "generator", "distance"} <= trained["losses"].keys()

    request = "gallery --seed 42 --n 12 --curate 2 --name rings --json"
    made = json.loads(environment.output("artgan", *request.split()))
    exhibit = Path(made["path"])
    lines = [json.loads(line) for line in (exhibit / "metadata.jsonl").read_text().splitlines()]
    assert len(lines) == made["n"] == 12
    assert {line["model"] for line in lines} == {"wgan"}
    assert all((exhibit / line["file_name"]).is_file() and line["score"] is not None for line in lines)
    assert (exhibit / "index.html").is_file()
    assert (exhibit / "contact-sheet.png").is_file()

    record = json.loads((Path(trained["path"]) / "run.json").read_text())
    kept = {"kind": "dataset", "name": "ripples", "distribution": "artgan-pond", "version": "0.1.0"}
    assert record["plugins"]["data"].items() >= kept.items()


def test_its_errors_are_the_users_errors(environment):
    done = environment.run("artgan", "train", "--model", "wgan", "--data", "ripples", "--size", "30", "--steps", "1")
    assert done.returncode == 2
    assert "try --size 32" in done.stderr
    done = environment.run("artgan", "train", "--model", "tiny", "-o", "widht=3", "--dry-run")
    assert done.returncode == 2
    assert "Did you mean 'width'" in done.stderr


def test_its_own_tests_pass(environment):
    tests = environment.folder.parent / "artgan-pond" / "tests"
    done = environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests))
    assert done.returncode == 0, done.stdout


def test_the_smallest_plugin_is_complete(tmp_path):
    """The first screen of the page is a plugin by itself."""
    write_files(PAGE, tmp_path, SMALLEST)
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"pyproject.toml", "artgan_pond/__init__.py", "artgan_pond/tiny.py"}
    code = "from artgan_pond.tiny import Tiny; from artgan.testing import check_model; check_model(Tiny)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
