"""Opt-in flag for CUDA graph capture; not inherited by subclasses."""

from typing import Any


class Capturable:
    """Base of classes that can opt in. A subclass may work differently, so it must opt in itself.

    Attributes:
        capturable: whether a GPU may record the work of this class and replay it as a CUDA graph.
    """

    capturable: bool = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "capturable" not in vars(cls):
            cls.capturable = False
