"""The conformance kit: checks for the tests of a plugin, which show that artgan can rely on it.

    def test_conformance(artgan_check):
        artgan_check()

pytest runs this test once for each check of everything the package provides (see :mod:`artgan.testing.pytest_plugin`).
For more control, such as options that make networks small, call the checks of one plugin:

    from artgan.testing import check_dataset, check_model

    def test_model():
        check_model("mymodel", options={"width": 8})

    def test_data():
        check_dataset("mydata", options={"images": 100})

A failed check is an :class:`AssertionError` that says what was found, what was expected, why it matters and where to
read more.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgan.testing.commands import check_command
    from artgan.testing.curators import check_curator
    from artgan.testing.datasets import check_dataset
    from artgan.testing.losses import check_loss
    from artgan.testing.metrics import check_metric
    from artgan.testing.models import check_model
    from artgan.testing.trackers import check_tracker

__all__ = [
    "check_command",
    "check_curator",
    "check_dataset",
    "check_loss",
    "check_metric",
    "check_model",
    "check_tracker",
]

_HOME = {
    "check_command": "artgan.testing.commands",
    "check_curator": "artgan.testing.curators",
    "check_dataset": "artgan.testing.datasets",
    "check_loss": "artgan.testing.losses",
    "check_metric": "artgan.testing.metrics",
    "check_model": "artgan.testing.models",
    "check_tracker": "artgan.testing.trackers",
}


def __getattr__(name: str) -> Any:
    # pytest imports this package in every project, and checking a data set doesn't need torch.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
