"""Signals: a checkpoint and on, a checkpoint and out, or out at once with nothing left half done."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.environments import heed_signals

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")

TRAIN = ["train", "--model", "mlp", "--data", "glyphs", "--data-option", "images=640", "--batch-size", "16"]
SMALL = ["-o", "hidden=16", "--no-gallery", "--json"]


@pytest.fixture
def start(tmp_path):
    """Start the program in an empty folder; whatever happens, it ends with the test."""
    started = []

    def run(*arguments: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, "ARTGAN_RUNS": "runs", "ARTGAN_CACHE": "cache", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "artgan", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Under nohup the tests ignore it, and so would the program.
            preexec_fn=heed_signals,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def wait(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + 100
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_sigusr1_writes_a_checkpoint_and_goes_on_and_sighup_ends_with_one(start, tmp_path):
    process = start(*TRAIN, "--time", "1h", *SMALL)
    run = tmp_path / "runs/mlp-glyphs-001"
    wait((run / "samples/step-00000000.png").exists, process)
    process.send_signal(signal.SIGUSR1)
    wait(lambda: list(run.glob("checkpoints/step-*")), process)
    (first,) = run.glob("checkpoints/step-*")
    log = run / "metrics.jsonl"
    wait(lambda: log.exists() and log.read_text().count("\n") > 5, process)
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 129, err
    result = json.loads(out)
    assert (result["signal"], result["status"]) == ("SIGHUP", "interrupted")
    assert Path(result["checkpoint"]) > first


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_while_images_are_prepared_nothing_half_done_is_taken_for_whole(start, tmp_path, number, code):
    process = start("train", "--data", "mosaic", "--data-option", "images=500000", "--no-gallery", "--json")
    prepared = tmp_path / "cache/prepared"
    wait(lambda: list(prepared.glob(".unfinished-*/images.npy")), process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert json.loads(out) == {"error": "Interrupted.", "exit_code": code}
    assert "Traceback" not in err
    assert all(path.name.startswith(".unfinished-") for path in prepared.iterdir())
    assert not (tmp_path / "runs").exists()
