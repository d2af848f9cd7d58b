"""What all tests share: a cache of their own, real MNIST if it is there, and the installed program."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Programs that tests start should behave as they do for users, who rarely set either: with the first every print is
# written at once, and with the second no module is left compiled.
for _variable in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(_variable, None)

# Tests run beside each other, one process a core: a thread each is faster than a fight for cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that a test makes lands in the user's cache or in the project."""
    base = tmp_path_factory.mktemp("artgan")
    given = os.environ.get("ARTGAN_DATA")
    if given:
        os.environ["ARTGAN_DATA"] = str(Path(given).resolve())
    os.environ["ARTGAN_CACHE"] = str(base / "cache")
    os.environ["ARTGAN_CONFIG"] = str(base / "config")
    # Trainings of tests needn't be logged twice; tests/training/test_tracker.py switches it on again.
    os.environ["ARTGAN_DISABLE"] = "tensorboard"
    os.environ["ARTGAN_RUNS"] = str(base / "runs")
    os.environ["ARTGAN_GALLERY"] = str(base / "gallery")


@pytest.fixture
def mnist_dir() -> Path:
    """The folder that holds real MNIST, from ``ARTGAN_DATA``; the test is skipped without it."""
    given = os.environ.get("ARTGAN_DATA")
    if not given or not (Path(given) / "MNIST" / "raw" / "train-images-idx3-ubyte").exists():
        pytest.skip("real MNIST isn't here: set ARTGAN_DATA to the folder that holds MNIST/raw")
    return Path(given)


@pytest.fixture
def tiles_dir() -> Path:
    """4,357 pieces of game art, from ``ARTGAN_DATA``; the test is skipped without them."""
    given = os.environ.get("ARTGAN_DATA")
    if not given or not (Path(given) / "tiles").is_dir():
        pytest.skip("the game art isn't here: set ARTGAN_DATA to the folder that holds tiles")
    return Path(given) / "tiles"


Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Runs the installed ``artgan`` in an empty folder and returns what it printed and its exit code."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = Path(sys.executable).with_name("artgan")
        return subprocess.run(
            [str(script), *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "ARTGAN_RUNS": "runs",
                "ARTGAN_GALLERY": "gallery",
                "NO_COLOR": "1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run
