"""The conformance kit: what a plugin's own tests call to know that artgan can rely on it.

    from artgan.testing import check_dataset, check_model

    def test_model():
        check_model("mymodel")

    def test_data():
        check_dataset("mydata", options={"images": 100})

What is wrong is an :class:`AssertionError` that says what was found and what was expected.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from artgan.testing.datasets import check_dataset
    from artgan.testing.models import check_model

__all__ = ["check_dataset", "check_model"]


def __getattr__(name: str) -> Any:
    # Checking a data set takes no torch.
    if name == "check_model":
        from artgan.testing.models import check_model

        return check_model
    if name == "check_dataset":
        from artgan.testing.datasets import check_dataset

        return check_dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
