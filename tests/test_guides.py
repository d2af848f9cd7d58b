"""The guides of docs/plugins show what `artgan plugins new` prints and writes, and the testing kit names them."""

import pytest
from typer.testing import CliRunner

from artgan.cli import app
from artgan.plugins.loading import registry
from artgan.plugins.scaffold.kinds import EXAMPLES
from artgan.plugins.specs import KINDS, CommandSpec
from artgan.testing.package import opened
from tests.documents import ROOT, blocks, commands

GUIDES = sorted((ROOT / "docs" / "plugins").glob("*.md"))


def showing(guide):
    """The command by which a guide makes a package, and what it prints."""
    found = [(command, lines) for command, lines in commands(guide) if lines]
    return [(command, lines) for command, lines in found if command.startswith("artgan plugins new ")]


@pytest.mark.parametrize("guide", [guide for guide in GUIDES if showing(guide)], ids=lambda guide: guide.stem)
def test_what_is_shown_is_what_is_written(guide, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ((command, lines),) = showing(guide)
    done = CliRunner().invoke(app, command.split()[1:])
    assert done.exit_code == 0, done.output
    assert "\n".join(lines).strip() == done.output.strip()
    (package,) = tmp_path.iterdir()
    for block in blocks(guide):
        if "written" in block.flags:
            assert (package / block.title.removeprefix(f"{package.name}/")).read_text() == block.text, block.title


def test_the_example_of_every_kind_is_shown():
    shown = " ".join(command for guide in GUIDES for command, _ in showing(guide))
    assert {kind for kind in EXAMPLES if f"--kind {kind}" in shown} == set(EXAMPLES) - {"model"}
    assert "artgan plugins new pond " in f"{shown} "


def test_every_guide_is_reached_from_the_overview():
    overview = (ROOT / "docs" / "plugins" / "index.md").read_text(encoding="utf-8")
    for guide in GUIDES:
        assert guide.name == "index.md" or f"]({guide.name}" in overview


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not CommandSpec], ids=lambda kind: kind.kind)
def test_the_kit_says_which_guide_to_read(kind):
    with opened(next(iter(registry().of(kind).values()))) as suite:
        assert (ROOT / suite.checks()[0].see.rpartition(" ")[2]).is_file()
