"""Quick training runs, for tests of plugins that fail in them."""

from tests.training.conftest import train

__all__ = ["train"]
