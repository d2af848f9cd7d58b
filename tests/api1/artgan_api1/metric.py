"""A metric."""

import numpy as np

import artgan


class Contrast(artgan.Metric):
    """How far the contrast of generated images is from that of real ones, in grey levels of 255; 0 is best."""

    needs = "images"
    higher_is_better = False

    def compute(self, real, generated):
        spreads = [np.asarray(images.images, dtype=np.float32).std() for images in (real, generated)]
        return {"api1-contrast": float(abs(spreads[0] - spreads[1]))}
