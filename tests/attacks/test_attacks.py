"""The attacks in small. Each is a command of its own; docs/reliability.md has the figures of full runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def attack(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.attacks.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each attempt is a fork")


@pytest.mark.slow
def test_trainings_that_are_killed_and_resumed_end_as_those_left_alone():
    found = attack("kills", "--kills", "4", "--only", "mlp", "--only", "recovering", "--kills-per-run", "2")
    assert re.search(r"^4 kills, \d inside a checkpoint write; 0 differences", found, re.MULTILINE), found


@pytest.mark.slow
def test_a_disk_that_fails_damages_nothing_and_the_training_goes_on_after():
    quick = ("train", "resume", "exhibit", "prepare", "interpolate", "recreate")
    only = [word for name in quick for word in ("--only", name)]
    found = attack("disk", "--every", "97", "--errors", "1", *only)
    assert re.search(r"^\d+ failed writes; 0 things wrong after them", found, re.MULTILINE), found


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.slow
def test_memory_stays_as_it_was():
    found = attack("memory", "--runs", "6", "--minutes", "0.03")
    assert re.search(r"^6 short trainings: .* the line rises by ", found, re.MULTILINE), found


def test_what_leaks_is_seen():
    from tests.attacks.memory import MOST_GROWTH, growth

    rises = [2**30 + number * 2**22 for number in range(100)]
    assert growth(rises) > MOST_GROWTH
    assert growth([2**30 + number % 3 * 2**22 for number in range(100)]) < 2**22


@pytest.mark.parametrize(
    "reader", ["configurations", "options", "runs", "exhibits", "checkpoints", "sealed", "tables", "pictures"]
)
def test_nonsense_is_refused_in_artgans_words(reader, tmp_path):
    from tests.attacks.inputs import attack

    tried, refused = attack(reader, 150, tmp_path)
    assert tried >= 100
    assert refused
