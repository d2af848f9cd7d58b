"""The promise that a GPU may record work and replay it, which nobody inherits."""

from typing import Any


class Capturable:
    """Base of what makes that promise or doesn't; a subclass may do something else, and says so for itself.

    Attributes:
        capturable: whether a GPU may record what this does and replay it as a CUDA graph.
    """

    capturable: bool = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "capturable" not in vars(cls):
            cls.capturable = False
