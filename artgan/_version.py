"""The version of artgan: the build reads it here, and runs, exhibits and signatures record it."""

__version__ = "0.2.0"
