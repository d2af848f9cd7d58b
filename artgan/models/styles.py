"""The contract of models whose latents become styles, one for each layer, which can be told apart and exchanged."""

from abc import abstractmethod

from torch import Tensor

from artgan.models.latent_model import LatentModel


class StyleModel(LatentModel):
    """A model that makes images in two steps: latents become styles, one a layer, and images are made of styles.

    An ability that a model may have: name this class among its bases (before :class:`artgan.GAN`, if that is one,
    too) and write both steps in place of :meth:`sample`. ``artgan mix`` exchanges the styles of images layer by layer
    (Karras et al. 2019, section 3.1), and ``artgan explore`` moves them.
    """

    @abstractmethod
    def styles(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Styles (N, layers, style_dim) of latents (N, *latent_shape) and labels (N,) int64 or None.

        The layers go from coarse, which lay out the image, to fine, which paint it; there are at least two, each with
        an influence on the image. Called as :meth:`sample` is, and held to the same: the style of an image depends on
        its own latent and label alone. ``truncation`` in (0, 1] pulls styles to their mean; 1 leaves them alone.
        """

    @abstractmethod
    def synthesise(self, styles: Tensor) -> Tensor:
        """Images (N, C, H, W) in [-1, 1] of styles (N, layers, style_dim), those of different images mixed or not.

        Called as :meth:`sample` is. Gradients should reach the styles, where torch is asked for them.
        """

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Images (N, C, H, W) in [-1, 1]: those of the styles of these latents."""
        return self.synthesise(self.styles(latents, labels, truncation))
