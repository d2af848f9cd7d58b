"""The displays of a training, fed with made-up events."""

import io
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from artgan.cli.display import LiveDisplay, picture
from artgan.cli.plain import PlainDisplay
from artgan.cli.progress import Progress, Settled, number
from artgan.cli.training_report import follow
from artgan.data.auto_settings import AutoSetting
from artgan.runs.entries import ConfigRecord
from artgan.runs.record import RunRecord
from artgan.training import events


@pytest.fixture
def started(tmp_path):
    run = SimpleNamespace(
        name="dcgan-mnist-001",
        path=tmp_path / "runs" / "dcgan-mnist-001",
        details=RunRecord(created="2026", config=ConfigRecord(model="dcgan", data="mnist")),
        data_name="mnist",
        checkpoints=list,
    )
    return events.Started(run, "cpu", "bf16-mixed", 60_000, 938, 0, 2000, None)


def train(listeners, started, steps=1000):
    """Half of a training: a hundred steps a second, 64 images each."""
    for listener in listeners:
        listener(started)
    for step in range(10, steps + 1, 10):
        metrics = {"D(real)": 0.5 + 0.4 * step / steps, "discriminator": 1.2, "generator": 0.8 + step % 30 / 100}
        event = events.Step(step, step * 64, step / 100, step / 2000, metrics)
        for listener in listeners:
            listener(event)


def lines_of(course, width, **settings):
    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None, **settings)
    for line in picture(course, console):
        console.print(line)
    text = re.sub(r"\x1b\][^\x1b]*\x1b\\", "", console.file.getvalue())
    return text.splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_picture_fits_and_says_it_all(started, width):
    course = Progress()
    train([course], started)
    lines = lines_of(course, width)
    assert max(len(line) for line in lines) <= width
    text = "\n".join(lines)
    assert "dcgan-mnist-001" in text
    assert "step 1,000 of 2,000" in text
    assert "50%" in text
    assert re.search(r"D\(real\) +0\.\d{3}", text)
    if width >= 80:
        for wanted in (
            "dcgan on mnist",
            "bf16-mixed",
            "epoch 1.07",
            "6,400 images/s",
            "0:10 left",
            "▁",
            "█",
            "samples",
        ):
            assert wanted in text


def test_the_picture_without_unicode(started):
    course = Progress()
    train([course], started)
    console = Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"), force_terminal=True, width=80, color_system=None
    )
    for line in picture(course, console):
        console.print(line)  # raises if a character can't be encoded
    console.file.flush()


def test_live_redraws_a_few_times_a_second_and_cleans_up(started):
    now = 0.0
    course = Progress()
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    drawn = 0

    def clock():
        return now

    with LiveDisplay(course, console, clock) as display:
        original = display._live.refresh

        def count():
            nonlocal drawn
            drawn += 1
            original()

        display._live.refresh = count
        display(events.Preparing("preparing mnist", 3000, 60_000))
        display(events.Notice("disk is slow"))
        train([course, display], started, steps=100)
        assert drawn <= 3
        now = 1.0
        train([course, display], started, steps=10)
    assert "disk is slow" in console.file.getvalue()
    # The cursor is back.
    assert "\x1b[?25h" in console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 100])
def test_choices_are_broken_between_words_and_indented(width):
    choices = (
        AutoSetting("--size", "size", "32", "100 % of the pictures are 32x32"),
        AutoSetting("-o", "augment", "color,translation", "only 30 images: a discriminator would memorise them"),
    )
    console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    LiveDisplay(Progress(), console)(events.Chosen(choices))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    told = lines[[line.startswith("  --size 32") for line in lines].index(True) :]
    starts = [line.split()[0] for line in told if not line.startswith("    ")]
    assert starts == ["--size", "-o"], "what goes on is indented further"
    assert " ".join(" ".join(told).split()).endswith("a discriminator would memorise them")


def test_plain_lines_come_now_and_then_without_control_codes(started):
    now = 0.0
    course, stream = Progress(), io.StringIO()
    display = PlainDisplay(course, stream, lambda: now)
    with display:
        display(events.Preparing("preparing mnist", 0, 60_000))
        display(events.Preparing("preparing mnist", 100, 60_000))
        train([course, display], started)
        now = 11.0
        train([course, display], started)
        display(events.Notice("a warning"))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "preparing mnist"
    assert lines[1].startswith("run dcgan-mnist-001: dcgan on mnist, 60,000 images, cpu, bf16-mixed")
    assert "a warning" in lines
    # One for each second start, one for the step that was due.
    assert len(lines) <= 5
    assert "\x1b" not in stream.getvalue()


def test_time_left_of_a_resumed_run_is_at_this_session_s_pace(started):
    course = Progress()
    course(started)
    for step in range(1010, 1210, 10):
        course(events.Step(step, step * 64, 500 + (step - 1000) / 10, step / 2000, None))
    assert course.seconds_left == pytest.approx(81, abs=1)


def test_numbers_settle_and_history_stays_short():
    metric = Settled()
    metric.add(5.0)
    assert metric.value == pytest.approx(5.0)
    for step in range(20_000):
        metric.add(1.0 + (-1) ** step)
    assert metric.value == pytest.approx(1.0, abs=0.05)
    assert len(metric.history) <= 120
    assert len(metric.sparkline(20)) == 20


def test_a_flat_line_is_drawn_flat():
    metric = Settled()
    for _ in range(50):
        metric.add(0.7)
    assert len(set(metric.sparkline(30))) == 1


@pytest.mark.parametrize(
    ("value", "shown"), [(0.71349, "0.713"), (12.3456, "12.346"), (123.45, "123.5"), (1e5, "1.0e+05"), (0, "0.000")]
)
def test_number(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize("saved", [True, False])
def test_after_a_failure_it_says_what_is_left(started, capsys, saved):
    run = started.run
    run.checkpoints = lambda: [run.path / "checkpoints" / "step-00000100.safetensors"] if saved else []

    def work(listeners):
        for listener in listeners:
            listener(started)
            listener(events.Failed(run, 120, KeyboardInterrupt()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(work, json=False, quiet=False)
    told = capsys.readouterr().err
    assert "dcgan-mnist-001 stopped at step 120" in told
    assert ("artgan resume" in told) == saved
    assert ("before its first checkpoint" in told) != saved
