"""A curator."""

import artgan


class Brightest(artgan.Curator):
    def choose(self, features, scores, n):
        return (-features.mean(axis=1)).argsort()[:n]
