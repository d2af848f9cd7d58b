"""What all tests share: seeds, a cache of their own, real MNIST if it is there, and the installed program."""

import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

# Programs that tests start should behave as they do for users, who rarely set either: with the first every print is
# written at once, and with the second no module is left compiled.
for _variable in ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(_variable, None)

# Tests run beside each other, one process a core: a thread each is faster than a fight for cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare ``--shuffle``: tests that pass in their order only lean on one another."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in the random order of this seed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the modules and the tests of each, which keeps those together that share a training."""
    seed = config.getoption("--shuffle")
    if seed is None:
        return
    chance = random.Random(seed)
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    shuffled = list(modules.values())
    chance.shuffle(shuffled)
    for tests in shuffled:
        chance.shuffle(tests)
    items[:] = [item for tests in shuffled for item in tests]


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Seed what a module draws while it is imported."""
    _seed(collector.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> None:
    """Seed what a fixture draws, whichever test needs it first."""
    _seed(fixturedef.argname)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Seed what a test draws, whatever ran before it."""
    _seed(item.nodeid)


def _seed(name: str) -> None:
    """Seed all global random numbers with ``name``: a test and its fixtures draw different ones, always the same."""
    import torch

    seed = zlib.crc32(name.encode())
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


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
