"""The installed program, run as a user would."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def artgan(tmp_path: Path) -> Program:
    """Run ``artgan`` with these arguments in an empty folder; keywords are environment variables."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARTGAN_", "_ARTGAN_", "COMP_"))}
        environment = {**kept, "ARTGAN_CACHE": str(tmp_path / "cache"), "ARTGAN_CONFIG": str(tmp_path / "config")}
        environment |= {"OMP_NUM_THREADS": "1", **variables}
        return subprocess.run(
            [sys.executable, "-m", "artgan", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a run's folder by hand: what `artgan runs` reads, and no more."""

    def make(name: str, created: str = "2025-01-01T00:00:00.000+00:00", **record: object) -> Path:
        path = tmp_path / "runs" / name
        (path / "checkpoints").mkdir(parents=True)
        (path / "checkpoints" / "step-00000120.safetensors").touch()
        contents = {
            "format": 1,
            "name": name,
            "created": created,
            "status": "finished",
            "config": {"model": "dcgan", "data": "mnist", "seed": 3, "steps": 120},
            "model": {"options": {"width": 16}},
            "data": {"shape": [1, 28, 28], "labels": ["zero", "one"], "images": 60000},
            "plugins": {"model": {"distribution": "artgan", "version": "0.1.0", "entry_point": "dcgan"}},
            "progress": {"step": 120, "images": 7680, "seconds": 61.5},
        }
        (path / "run.json").write_text(json.dumps(contents | record))
        return path

    return make


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., str]:
    """Install a plugin package by hand, and return the folder for PYTHONPATH."""
    folder = tmp_path / "site"

    def make(name: str, source: str) -> str:
        info = folder / f"{name}-2.5.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.5\n")
        (info / "entry_points.txt").write_text(f"[artgan]\n{name} = {name}\n")
        (folder / f"{name}.py").write_text(source)
        return str(folder)

    return make
