"""The contract of a model that makes images from latents: what sampling, galleries and latent space stand on."""

from abc import abstractmethod

from torch import Tensor

from artgan.errors import UserError
from artgan.models.model import Model


class LatentModel(Model):
    """A model that makes images from latents, which are random numbers.

    Subclass it (or :class:`artgan.GAN`, for one generator against one discriminator), and name the subclass in a
    :class:`artgan.ModelSpec`. Plugins written for API 1 call this class ``artgan.Model``; both names mean the same.
    """

    @property
    @abstractmethod
    def latent_shape(self) -> tuple[int, ...]:
        """Shape of one image's latent; latents are standard normal."""

    @abstractmethod
    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Return images (N, C, H, W) in [-1, 1] for latents (N, *latent_shape) and labels (N,) int64 or None.

        Called in evaluation mode under ``torch.no_grad()``, with the averaged networks in place. It must not store
        anything on ``self``: on a CPU, several threads call it at once. ``truncation`` in (0, 1] trades variety for
        quality; 1 leaves the latents unchanged.
        """

    def score(self, images: Tensor, labels: Tensor | None) -> Tensor | None:
        """Return how real each image looks to the model, (N,), higher is better; None if it can't tell.

        Called like :meth:`sample`; curators sort by it.
        """
        return None


def require_latents(model: Model) -> LatentModel:
    """Return ``model`` if it makes images from latents. Raises :class:`UserError` otherwise."""
    if isinstance(model, LatentModel):
        return model
    raise UserError(
        f"{type(model).__name__} doesn't make images from latents, which this needs: choose a run whose model does "
        "(an artgan.LatentModel)."
    )
