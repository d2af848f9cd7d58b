"""ProGAN: starts with images of 4x4 pixels, and grows both networks to full size."""

from collections.abc import Hashable, Iterable
from dataclasses import replace
from math import ceil
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import artgan
from artgan.models.equalised import equalise_rates, equalised
from artgan.models.layers import LEAK, FromPlanes, MinibatchSpread, Pyramid, ToPlanes
from artgan.models.model import Loss

# Preserves the variance through a leaky ReLU (He et al. 2015, equation 15), as in the paper.
GAIN = 2**0.5


class ProGANOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {"latent_dim": 512, "loss": "wasserstein", "gp": 10.0, "r1": 0.0, "lr_g": 1e-3, "lr_d": 1e-3},
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast", description="paper: the Wasserstein loss with a gradient penalty, learning rates 1e-3"
    )
    width: int = artgan.Field(32, ge=4, le=512, multiple_of=2, description="channels at half the image size")
    growth: float = artgan.Field(
        0.5, gt=0, le=1, description="share of the budget after which images have their full size"
    )
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent")
    lr_g: float = artgan.Field(2e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(2e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay rate of the second moment")
    r1: float = artgan.Field(0.1, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")


class ProGAN(artgan.GAN):
    """Progressive growing: each doubling of the size is faded in while the existing layers keep training (section 2).

    The size depends on the share of the budget that is spent. Unlike in the paper, latents aren't normalised, so that
    truncation has an effect, and the drift penalty (of 0.001) is left out.
    """

    Options = ProGANOptions
    capturable = True
    default_batch_size = 32
    default_steps = 8000
    paper = (
        "Karras et al. 2018, Progressive Growing of GANs for Improved Quality, Stability, and Variation (ProGAN), "
        "https://arxiv.org/abs/1710.10196"
    )

    def __init__(self, options: ProGANOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        if options.spectral_norm:
            raise artgan.UserError(
                "spectral_norm would undo progan's equalised learning rates: leave it off, and set r1 or gp instead."
            )
        pyramid = Pyramid.plan(data, options.width, "progan")
        self.edges = pyramid.edges[::-1]
        channels = [*pyramid.channels[:0:-1], pyramid.channels[1] // 2]
        self.generator = Generator(options.latent_dim, channels, self.edges, data.channels)
        self.discriminator = Discriminator(channels, self.edges, data.channels)
        # Not averaged, so the moving average shares it and always has the same size.
        self.growth = Growth(len(self.edges) - 1, options.growth)

    def phases(self) -> Iterable[artgan.Phase]:
        """Yield the usual phases, on images of the current size."""
        for phase in super().phases():
            yield replace(phase, loss=self._at_size(phase.loss))

    def optimizer(self, network: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return Adam with each layer's equalised learning rate."""
        return equalise_rates(super().optimizer(network, parameters), getattr(self, network))

    def before_step(self, batch: artgan.Batch) -> None:
        """Grow according to the share of the budget that is spent."""
        super().before_step(batch)
        self.growth.follow(batch.fraction)

    def variant(self, batch: artgan.Batch) -> Hashable | None:
        """Return the usual variant with the stage; None while a new stage is being faded in, since all steps differ."""
        usual, (stage, blend) = super().variant(batch), self.growth.stage()
        return None if usual is None or blend < 1 else (usual, stage)

    def generate(self, batch: artgan.Batch) -> Tensor:
        """Generate images (N, C, edge, edge) of the current size from this step's latents."""
        return self.generator(batch.latents(*self.latent_shape), *self.growth.stage())  # type: ignore[no-any-return]

    def discriminate(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """Return logits (N,) of images of the current size or the full one."""
        stage, blend = self.growth.stage()
        return self.discriminator(shrunk(images, self.edges[stage]), stage, blend).flatten()  # type: ignore[no-any-return]

    def discriminator_loss(self, batch: artgan.Batch) -> dict[str, Tensor]:
        """Return the usual values, and the current image size."""
        found = super().discriminator_loss(batch)
        found["size"] = torch.full_like(found["loss"].detach(), batch.images.shape[2])
        return found

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Sample images (N, C, H, W) of full size, enlarged while the generator still makes smaller ones."""
        images = self.generator(latents * truncation, *self.growth.stage())
        return enlarged(images, self.data.height).clamp(-1, 1)

    def _at_size(self, loss: Loss) -> Loss:
        def at_size(batch: artgan.Batch) -> dict[str, Tensor]:
            if "full size" not in batch.memo:
                batch.memo["full size"] = batch.images
                batch.images = self._faded(batch.images)
            return loss(batch)

        return at_size

    def _faded(self, images: Tensor) -> Tensor:
        """Return real images at the current size, blended with the previous size while it is faded in (figure 2)."""
        stage, blend = self.growth.stage()
        images = shrunk(images, self.edges[stage])
        if blend < 1:
            before = enlarged(shrunk(images, self.edges[stage - 1]), self.edges[stage])
            images = blend * images + (1 - blend) * before
        return images


class Growth(nn.Module):
    """The growth of both networks: a number of doublings, with a fraction while a stage is being faded in."""

    level: Tensor

    def __init__(self, doublings: int, share: float) -> None:
        super().__init__()
        self.doublings, self.share = doublings, share
        self.register_buffer("level", torch.zeros(()))
        # A copy on the CPU, because reading the tensor would wait for the GPU.
        self._known: float | None = None
        # torch leaves it without types
        self.register_load_state_dict_post_hook(Growth._forget)  # type: ignore[no-untyped-call]

    def follow(self, fraction: float) -> None:
        """Grow to the size for ``fraction`` of the budget. Networks never shrink, even if the budget is extended."""
        position = min(fraction / self.share, 1.0) * self.doublings
        whole = int(position)
        # Half of the time, a size trains on its own; half of the time, the next one is faded in, as in the paper.
        level = whole + max(0.0, 2 * (position - whole) - 1)
        if level > self._level():
            self.level.fill_(level)
            self._known = None
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            # All processes must train the same stage, though their clocks differ.
            torch.distributed.all_reduce(self.level, torch.distributed.ReduceOp.MAX)
            self._known = None

    def stage(self) -> tuple[int, float]:
        """Return the index of the largest stage, and its weight in (0, 1] relative to the previous one."""
        level = self._level()
        stage = ceil(level)
        return stage, 1 - (stage - level)

    def _level(self) -> float:
        if self._known is None:
            # With --from, a run of larger images may have had more doublings.
            self._known = min(float(self.level), float(self.doublings))
        return self._known

    def _forget(self, *_: Any) -> None:
        self._known = None


class Generator(nn.Module):
    """Maps latents (N, latent_dim) to images of stage ``stage`` (table 2, left; figure 2)."""

    def __init__(self, latent_dim: int, channels: list[int], edges: tuple[int, ...], picture: int) -> None:
        super().__init__()
        self.edges = edges
        self.start = nn.Sequential(
            equalised(nn.Linear(latent_dim, channels[0] * edges[0] ** 2), GAIN),
            ToPlanes(channels[0], edges[0]),
            *finished(),
            equalised(nn.Conv2d(channels[0], channels[0], 3, padding=1), GAIN),
            *finished(),
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                equalised(nn.Conv2d(channels[n], channels[n + 1], 3, padding=1), GAIN),
                *finished(),
                equalised(nn.Conv2d(channels[n + 1], channels[n + 1], 3, padding=1), GAIN),
                *finished(),
            )
            for n in range(len(channels) - 1)
        )
        self.paint = nn.ModuleList(equalised(nn.Conv2d(wide, picture, 1)) for wide in channels)

    def forward(self, latents: Tensor, stage: int, blend: float) -> Tensor:
        smaller = planes = self.start(latents)
        for number in range(stage):
            smaller = planes
            planes = self.stages[number](enlarged(smaller, self.edges[number + 1]))
        picture: Tensor = self.paint[stage](planes)
        if blend < 1:
            before = enlarged(self.paint[stage - 1](smaller), self.edges[stage])
            picture = blend * picture + (1 - blend) * before
        return picture


class Discriminator(nn.Module):
    """Maps images of stage ``stage`` to logits (N,): the generator's mirror image (table 2, right)."""

    def __init__(self, channels: list[int], edges: tuple[int, ...], picture: int) -> None:
        super().__init__()
        self.edges = edges
        self.read = nn.ModuleList(
            nn.Sequential(equalised(nn.Conv2d(picture, wide, 1), GAIN), nn.LeakyReLU(LEAK)) for wide in channels
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                equalised(nn.Conv2d(channels[n + 1], channels[n + 1], 3, padding=1), GAIN),
                nn.LeakyReLU(LEAK),
                equalised(nn.Conv2d(channels[n + 1], channels[n], 3, padding=1), GAIN),
                nn.LeakyReLU(LEAK),
            )
            for n in range(len(channels) - 1)
        )
        wide = channels[0]
        self.finish = nn.Sequential(
            MinibatchSpread(),
            equalised(nn.Conv2d(wide + 1, wide, 3, padding=1), GAIN),
            nn.LeakyReLU(LEAK),
            FromPlanes(),
            equalised(nn.Linear(wide * edges[0] ** 2, wide), GAIN),
            nn.LeakyReLU(LEAK),
            equalised(nn.Linear(wide, 1)),
        )

    def forward(self, images: Tensor, stage: int, blend: float) -> Tensor:
        planes = self.read[stage](images)
        for number in reversed(range(stage)):
            planes = shrunk(self.stages[number](planes), self.edges[number])
            if blend < 1 and number == stage - 1:
                before = self.read[number](shrunk(images, self.edges[number]))
                planes = blend * planes + (1 - blend) * before
        return self.finish(planes).flatten()  # type: ignore[no-any-return]


class PixelNorm(nn.Module):
    """Divides each pixel's channels (N, C, H, W) by their root mean square (section 4.2)."""

    def forward(self, planes: Tensor) -> Tensor:
        return planes * planes.square().mean(dim=1, keepdim=True).add(1e-8).rsqrt()


def finished() -> tuple[nn.Module, nn.Module]:
    """Return the modules that follow a layer of the generator."""
    return nn.LeakyReLU(LEAK), PixelNorm()


def enlarged(planes: Tensor, edge: int) -> Tensor:
    """Enlarge planes (N, C, H, W) to (N, C, edge, edge) by repeating pixels."""
    return planes if planes.shape[2] == edge else F.interpolate(planes, size=(edge, edge), mode="nearest")


def shrunk(planes: Tensor, edge: int) -> Tensor:
    """Shrink planes (N, C, H, W) to (N, C, edge, edge) by averaging pixels."""
    return planes if planes.shape[2] == edge else F.adaptive_avg_pool2d(planes, edge)
