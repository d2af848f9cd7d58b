"""Names of feature extractors, and how many images they look at: what the command line needs before anything heavy."""

from typing import Literal

Features = Literal["auto", "inception", "classifier", "random"]
"""What ``--features`` takes: the feature extractor that metrics use."""

DEFAULT_IMAGES = 10_000
MOST_IMAGES = 100_000
"""Images that an evaluation generates unless told otherwise, and at most."""
