"""Text in narrow terminals is broken between words, and never within a path or a command."""

import pytest

from artgan.cli import output, wrapping

SPENT = "first has spent its budget (20 steps). Give it a longer one: `artgan resume first --steps 40`."
PATH = "runs/mlp-glyphs-001/checkpoints/step-00000020.safetensors"


@pytest.mark.parametrize("width", [36, 60, 80])
def test_a_message_is_broken_between_words(width):
    lines = wrapping.lines(SPENT, width, len("Error: "))
    assert " ".join(lines) == SPENT
    assert len("Error: ") + len(lines[0]) <= width
    assert max(map(len, lines)) <= width
    assert any("`artgan resume first --steps 40`" in line for line in lines)


@pytest.mark.parametrize("text", [PATH, f"artgan gallery --run {PATH} --seed 1", f"Install it: artgan {PATH} now"])
def test_what_is_too_long_stays_whole(text):
    assert wrapping.lines(text, 20)[-1] == text.removeprefix("Install it: ")


def test_lines_stay_lines_and_a_pipe_takes_any():
    assert wrapping.lines(f"{SPENT}\n\n  indented", None)[-2:] == ["", "  indented"]
    assert wrapping.lines(SPENT, None) == [SPENT]


@pytest.mark.parametrize("width", [30, 60, 80])
def test_facts_keep_paths_and_commands_whole(monkeypatch, capsys, width):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    command = "artgan gallery --run mlp-glyphs-001 --seed 1 --n 3"
    output.print_facts("stopped", [("checkpoint", PATH), ("more pictures", command), ("settings", "a=1, " * 20)])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert any(line.endswith(PATH) for line in lines)
    assert any(line.endswith(command) for line in lines)
    assert any(line.endswith("a=1,") and len(line) < width for line in lines)


@pytest.mark.parametrize(("seconds", "shown"), [(8 / 24, "0.3 s"), (9.96, "10.0 s"), (12.4, "0:12"), (75, "1:15")])
def test_how_long_a_film_is(seconds, shown):
    assert output.length(seconds) == shown
