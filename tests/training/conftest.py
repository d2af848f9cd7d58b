"""A small data set and quick trainings on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import artgan
from artgan.api.run import Run

Train = Callable[..., Run]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """:func:`artgan.train` on 640 drawn digits, into ``tmp_path``, without an exhibit."""

    def run(**values: Any) -> Run:
        settings: dict[str, Any] = {
            "model": "mlp",
            "data": "glyphs",
            "data_options": {"images": 640},
            "runs_dir": tmp_path / "runs",
            "gallery_dir": tmp_path / "gallery",
            "gallery": False,
            "steps": 20,
        }
        return artgan.train(**{**settings, **values})

    return run
