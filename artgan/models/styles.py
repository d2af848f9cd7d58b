"""The contract of models that turn latents into one style per layer, which can be exchanged."""

from abc import abstractmethod

from torch import Tensor

from artgan.models.latent_model import LatentModel


class StyleModel(LatentModel):
    """A model that makes images in two steps: from latents to styles, one per layer, and from styles to images.

    To opt in, add this class to the bases of a model (before :class:`artgan.GAN`, if that is one) and implement both
    steps instead of :meth:`sample`. ``artgan mix`` exchanges the styles of images layer by layer (Karras et al. 2019,
    section 3.1), and ``artgan explore`` moves them.
    """

    @abstractmethod
    def styles(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Return styles (N, layers, style_dim) for latents (N, *latent_shape) and labels (N,) int64 or None.

        Layers are ordered from coarse, which lay out the image, to fine, which paint it. There are at least two, and
        each influences the image. Called under the same conditions as :meth:`sample`: the style of an image depends
        only on its own latent and label. ``truncation`` in (0, 1] pulls styles towards their mean; 1 leaves them
        unchanged.
        """

    @abstractmethod
    def synthesise(self, styles: Tensor) -> Tensor:
        """Return images (N, C, H, W) in [-1, 1] for styles (N, layers, style_dim), which may mix different images.

        Called under the same conditions as :meth:`sample`. If gradients are enabled, they should reach the styles.
        """

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Return images (N, C, H, W) in [-1, 1]: those of the styles of these latents."""
        return self.synthesise(self.styles(latents, labels, truncation))
