"""Words that the command line needs before anything heavy is imported."""

from typing import Literal

Features = Literal["auto", "inception", "classifier", "random"]
"""What ``--features`` takes."""

DEFAULT_IMAGES = 10_000
MOST_IMAGES = 100_000
