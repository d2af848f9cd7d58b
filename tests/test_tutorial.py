"""docs/plugins/tutorial.md, followed literally: its files written, its commands run, and what they print compared."""

import os
import re
import shutil
import subprocess

import pytest

from tests.documents import ROOT, Block, fenced
from tests.environments import Environment, build

# Each chapter needs the ones before.
pytestmark = [pytest.mark.xdist_group("tutorial"), pytest.mark.slow]

PAGE = ROOT / "docs" / "plugins" / "tutorial.md"
LEFT_OUT = "…"
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
CHAPTERS = HEADING.findall(PAGE.read_text(encoding="utf-8"))


class Reader:
    """Somebody who does what the page says, chapter by chapter, in a shell that stays where ``cd`` has led it."""

    def __init__(self, environment: Environment) -> None:
        self.folder = self.place = environment.work
        beginning, *parts = HEADING.split(PAGE.read_text(encoding="utf-8"))
        self.ahead = [("", beginning), *zip(parts[::2], parts[1::2], strict=True)]
        self.variables = {
            **environment.variables,
            "PATH": f"{environment.scripts}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "CUDA_VISIBLE_DEVICES": "",
            # In place of a network: what the page installs from an index is here already.
            "UV_CONFIG_FILE": str(environment.folder.parent / "uv.toml"),
            "UV_NO_BUILD_ISOLATION": "1",
            "UV_NO_SYNC": "1",
            "UV_OFFLINE": "1",
            "UV_PROJECT_ENVIRONMENT": str(environment.folder),
            "UV_PYTHON": str(environment.python),
        }

    def follow(self, chapter: str) -> None:
        """Read on to the end of ``chapter``, and do what the page says."""
        while chapter in [name for name, _ in self.ahead]:
            _, text = self.ahead.pop(0)
            for block in fenced(text):
                if "written" in block.flags:
                    assert (self.folder / str(block.title)).read_text() == block.text
                elif block.title:
                    self.write(block)
                elif block.language == "console":
                    for command, lines in shown(block.text):
                        compare(command, lines, self.run(command))

    def write(self, block: Block) -> None:
        path = self.folder / str(block.title)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, command: str) -> str:
        if command.startswith("cd "):
            self.place = self.place / command.removeprefix("cd ")
            return ""
        # Half a minute of training takes half a minute.
        command = re.sub(r"--(?:time|steps) \w+", "--steps 20", command)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.place,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=280,
            check=False,
        )
        assert (done.returncode != 0) == bool(re.search(r"^(Error|FAILED)", done.stdout, re.MULTILINE)), done.stdout
        return done.stdout


def alike(line: str) -> str:
    """A line without what differs from run to run and from machine to machine."""
    line = re.sub(r"\[ *\d+%\]$|(?<=s) \(\d+:\d+:\d+\)", "", line)
    line = re.sub(r"bf16-mixed|32-true", "precision", line)
    line = re.sub(r"(?<=\.py )[.s]+", "...", line)
    line = re.sub(r"(={3,})", "=", line)
    line = re.sub(r"-?\d[\d.,:]*(?:/\d[\d,]*)?", "0", line)
    return " ".join(line.split())


def shown(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip() not in ("", LEFT_OUT):
            found[-1][1].append(line)
    return found


def compare(command: str, lines: list[str], printed: str) -> None:
    """Whether all ``lines`` were printed, in this order."""
    rest = iter([alike(line) for line in printed.splitlines()])
    for line in lines:
        assert alike(line) in rest, f"`{command}` should print, here or later,\n  {line}\nand printed\n{printed}"


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """With artgan from a wheel, in an environment where uv takes nothing from a network."""
    if os.name == "nt" or not (os.environ.get("UV") or shutil.which("uv")):
        pytest.skip("the page's commands are for a POSIX shell with uv")
    folder = tmp_path_factory.mktemp("tutorial")
    found = Environment(folder / "venv")
    found.install(build(ROOT, folder / "artgan-wheel"))
    pytest_script = found.scripts / "pytest"  # of what is borrowed, modules are found, and scripts aren't
    pytest_script.write_text(f"#!{found.python}\nimport sys, pytest\nsys.exit(pytest.main())\n")
    pytest_script.chmod(0o755)
    (folder / "uv.toml").write_text("offline = true\n[pip]\nno-deps = true\nno-build-isolation = true\n")
    return Reader(found)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_who_follows_the_page_gets_what_it_shows(reader, chapter):
    reader.follow(chapter)


def test_artgan_came_from_its_wheel(reader):
    place = reader.run("python -c 'import artgan; print(artgan.__file__)'")
    assert place.startswith(str(reader.folder.parent / "venv"))
