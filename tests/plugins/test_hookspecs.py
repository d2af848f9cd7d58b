"""Every hook's example is a whole plugin that works: written out as it stands, installed, used."""

import inspect
import json
import re
import textwrap
from pathlib import Path

import pytest

from artgan.plugins import hookspecs
from artgan.plugins.specs import KINDS

FILE = re.compile(r"^# (artgan_\w+/\w+\.py)$", re.MULTILINE)


def example(hook: str) -> dict[str, str]:
    """The files that a hook's docstring shows."""
    text = inspect.getdoc(getattr(hookspecs, hook))
    code = textwrap.dedent(text.partition("Example::\n\n")[2])
    _, *parts = FILE.split(code)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def install(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    package = next(iter(files)).partition("/")[0]
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[artgan]\n{package.partition('_')[2]} = {package}\n")


@pytest.fixture
def examples(program, tmp_path):
    """Runs artgan with all examples installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    for kind in KINDS:
        install(folder, example(kind.hook))
    return lambda *arguments: program(*arguments, PYTHONPATH=str(folder))


def test_there_is_a_hook_for_every_kind_and_an_example_for_every_hook():
    hooks = [name for name in vars(hookspecs) if name.startswith("artgan_")]
    assert hooks == [kind.hook for kind in KINDS]
    for hook in hooks:
        assert next(iter(example(hook))).endswith("/__init__.py"), hook


def test_every_example_works(examples, tmp_path):
    plugins = json.loads(examples("plugins", "--json").stdout)["plugins"]
    own = {plugin["name"]: plugin for plugin in plugins if plugin["version"] == "1.0"}
    assert sorted(own) == ["absolute", "brightest", "contrast", "diary", "steps", "stripes", "tiny"]
    assert all(not plugin["problems"] and not plugin["warnings"] for plugin in own.values())

    done = examples(
        *("train", "--model", "tiny", "--data", "stripes", "--loss", "absolute", "--track", "diary"),
        *("--steps", "20", "--batch-size", "16", "--no-gallery", "--name", "first", "--json"),
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "first" / "diary.txt").read_text().startswith("step 10: D(fake) ")

    done = examples("gallery", "--curator", "brightest", "--n", "4", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads((Path(json.loads(done.stdout)["path"]) / "exhibit.json").read_text())
    assert record["request"]["curator"] == "brightest"

    done = examples("evaluate", "--metrics", "contrast", "--n", "100", "--features", "random", "--no-copies", "--json")
    assert done.returncode == 0, done.stderr
    assert '"contrast"' in done.stdout

    assert examples("steps", "--least", "5").stdout == "first 20\n"
    assert examples("steps", "--least", "50").stdout == ""
