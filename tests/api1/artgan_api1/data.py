"""A data set: rings, drawn when they are read."""

import numpy as np

import artgan

LABELS = ("few rings", "many rings")


class RingsOptions(artgan.Options):
    images: int = artgan.Field(100, ge=10, le=1_000_000, description="how many images")


class Rings(artgan.Dataset):
    Options = RingsOptions
    licence = "CC0 (drawn by code)"
    native = (artgan.ImageInfo(1, 8, 8, LABELS), 100)

    @property
    def info(self):
        side = self.size or 8
        return artgan.ImageInfo(1, side, side, LABELS)

    def __len__(self):
        return self.options.images

    def fingerprint(self):
        return f"rings 1 {self.size}"

    def read(self, start, stop):
        indices = np.arange(start, stop)
        labels = indices % len(LABELS)
        pictures = [draw(index, self.info.height, 2 + 3 * label) for index, label in zip(indices, labels, strict=True)]
        return np.stack(pictures)[..., None], labels


def draw(seed, side, rings):
    """One picture (side, side) uint8."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[:side, :side] / side - random.uniform(0.3, 0.7, (2, 1, 1))
    waves = np.cos(2 * np.pi * rings * np.hypot(down, across) + random.uniform(0, 6))
    return (127.5 + 127.5 * waves).astype(np.uint8)
