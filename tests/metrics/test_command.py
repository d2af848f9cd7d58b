"""``artgan evaluate`` as a user sees it."""

import json

import pytest
import typer

from artgan.cli import app


@pytest.fixture
def evaluate(run, capsys):
    def call(*arguments):
        command = typer.main.get_command(app)
        command(
            ["evaluate", run.name, "--runs-dir", str(run.path.parent), "--n", "60", *arguments], "artgan", None, False
        )
        return capsys.readouterr()

    return call


def test_the_table_has_a_line_a_figure_and_says_what_was_compared(evaluate, run):
    printed = evaluate("--metrics", "fid,kid,recall")
    lines = printed.out.splitlines()
    assert lines[0] == f"{run.name}, step 20, seed 0: 60 images"
    assert "against      60 held-out images of glyphs" in printed.out
    assert "features     classifier of glyphs, " in printed.out
    table = lines.index(next(line for line in lines if line.startswith("FIGURE")))
    rows = [line.split() for line in lines[table + 1 : table + 4]]
    assert [row[0] for row in rows] == ["fid", "kid", "recall"]
    assert [row[-1] for row in rows] == ["lower", "lower", "higher"]
    assert "±" in rows[1]
    assert "0 near copies of training images" in printed.out
    assert "60 images are few" in printed.err


def test_json_is_the_record_that_is_kept(evaluate, run):
    printed = json.loads(evaluate("--json", "--metrics", "fid", "--no-copies").out)
    kept = json.loads((run.path / "evaluation.json").read_text())["evaluations"][-1]
    assert printed.pop("folder") == str(run.path.absolute())
    assert printed == kept


def test_quiet_prints_figures_only(evaluate):
    printed = evaluate("--quiet", "--metrics", "fid", "--no-copies")
    name, value = printed.out.split()
    assert name == "fid"
    assert float(value) > 0
