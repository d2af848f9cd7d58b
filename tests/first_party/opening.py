"""Opening data sets as the framework does."""

from pathlib import Path

from artgan.plugins.options import resolve


def silent(done, total):
    pass


def open_set(kind, data_dir, size=None, **options):
    dataset = kind(resolve(kind.Options, options, "data set"), Path(data_dir), size)
    dataset.fetch(silent)
    return dataset
