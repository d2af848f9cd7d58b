"""Names of feature extractors, and how many images they measure: for the command line, without heavy imports."""

from typing import Literal

Features = Literal["auto", "inception", "classifier", "random"]
"""Choices of ``--features``, the feature extractor that metrics use."""

DEFAULT_IMAGES = 10_000
MOST_IMAGES = 100_000
"""Number of images that an evaluation generates, by default and at most."""
