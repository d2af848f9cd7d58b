"""A loss: the non-saturating game, with labels of real images smoothed to 0.9."""

import torch.nn.functional as F

import artgan

REAL = 0.9


class Soft(artgan.AdversarialLoss):
    paper = "Salimans et al. 2016, Improved Techniques for Training GANs, section 3.4, https://arxiv.org/abs/1606.03498"
    capturable = True

    def generator(self, fake, real):
        return F.softplus(-fake).mean()

    def discriminator(self, real, fake):
        return (REAL * F.softplus(-real) + (1 - REAL) * F.softplus(real) + F.softplus(fake)).mean()

    def shown(self, real, fake):
        return {**super().shown(real, fake), "margin": real.mean() - fake.mean()}
