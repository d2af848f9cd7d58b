"""FastGAN, the lightweight GAN, for data sets of a hundred to a few thousand images."""

from collections.abc import Hashable, Iterable
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import artgan
from artgan.models.augment import Name
from artgan.models.layers import LEAK, FromPlanes, Pyramid, ToPlanes, initialise_normal, initialise_rectified

# Planes are weighted by those that are this many halvings smaller. The paper uses four, for 256 pixels and more; with
# three, images of 32 pixels have such a pair, too.
REACH = 3


class LightGANOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {
            "latent_dim": 256,
            "lr_g": 2e-4,
            "lr_d": 2e-4,
            "beta1": 0.5,
            "beta2": 0.999,
            "r1": 0.0,
            "init_d": "normal",
            "batch_norm_d": True,
        },
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast", description="paper: learning rates 2e-4, Adam (0.5, 0.999), batch norm in both networks, no R1"
    )
    width: int = artgan.Field(32, ge=4, le=512, multiple_of=2, description="channels at half the image size")
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent")
    loss: artgan.LossName = artgan.Field("hinge", description="adversarial loss, on logits")
    reconstruction: float = artgan.Field(
        1.0, ge=0, le=1000, description="weight of D's reconstruction of real images (0: no decoders)"
    )
    augment: tuple[Name, ...] = artgan.Field(
        ("color", "translation"), description="augmentations of the images that D sees"
    )
    lr_g: float = artgan.Field(2e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay rate of the second moment")
    r1: float = artgan.Field(0.1, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")
    init_d: Literal["rectified", "normal"] = artgan.Field(
        "rectified", description="initial discriminator weights: scaled for leaky ReLU, or small as in the paper"
    )
    batch_norm_d: bool = artgan.Field(False, description="batch norm in the discriminator, as in the paper")


class LightGAN(artgan.GAN):
    """Skip-layer excitation in the generator, and a discriminator that learns to reconstruct real images.

    Simplified for small images: the discriminator has one input size and one logit, where the paper has two sizes and
    one logit per patch; reconstructions are compared by pixels, so no weights have to be downloaded; and the generator
    upsamples with strided convolutions, which need less than half the multiplications.
    """

    Options = LightGANOptions
    discriminator: "Discriminator"
    capturable = True
    default_batch_size = 32
    default_steps = 6000
    paper = (
        "Liu et al. 2021, Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis "
        "(FastGAN), https://arxiv.org/abs/2101.04775"
    )

    def __init__(self, options: LightGANOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        pyramid = Pyramid.plan(data, options.width, "lightgan")
        self.generator = Generator(options.latent_dim, pyramid)
        self.discriminator = Discriminator(options, pyramid)
        self.apply(initialise_normal)
        if options.init_d == "rectified":
            self.discriminator.apply(initialise_rectified)
        self.discriminator.apply(initialise_gated)

    def variant(self, batch: artgan.Batch) -> Hashable | None:
        """Return the usual variant with the quarter of the images that is reconstructed."""
        usual = super().variant(batch)
        return None if usual is None else (usual, batch.step % 4)

    def judge(self, real_images: Tensor, fake_images: Tensor, batch: artgan.Batch) -> tuple[Tensor, Tensor]:
        """Return the logits of both; keep the real images' intermediate planes for the decoders."""
        middle, last = self.discriminator.look(real_images)
        batch.memo |= {"seen": real_images.detach(), "middle": middle, "last": last}
        return self.discriminator.logit(last).flatten(), self.discriminate(fake_images, batch.labels)

    def discriminator_loss(self, batch: artgan.Batch) -> dict[str, Tensor]:
        """Add the reconstruction error of real images to the usual loss (section 3.2, equation 4)."""
        found = super().discriminator_loss(batch)
        if self.options.reconstruction:
            memo, number = batch.memo, batch.step % 4
            images, middle = memo["seen"], memo["middle"]
            whole = self.discriminator.decode_whole(memo["last"])
            part = self.discriminator.decode_part(quarter(middle, number))
            missed = F.l1_loss(whole, F.adaptive_avg_pool2d(images, whole.shape[2:]).to(whole.dtype))
            missed = missed + F.l1_loss(part, quarter(images, number).to(part.dtype))
            found["reconstruction"] = missed
            found["loss"] = found["loss"] + self.options.reconstruction * missed
        return found


class Generator(nn.Module):
    """Maps latents (N, latent_dim) to small planes, then doubles their size in stages, up to images (N, C, H, W)."""

    def __init__(self, latent_dim: int, pyramid: Pyramid) -> None:
        super().__init__()
        smallest, first = pyramid.edges[-1], pyramid.channels[-1]
        self.start = nn.Sequential(
            nn.Linear(latent_dim, 2 * pyramid.features, bias=False),
            ToPlanes(2 * first, smallest),
            nn.BatchNorm2d(2 * first),
            GatedLinear(),
        )
        channels = [*pyramid.channels[:0:-1], pyramid.channels[1] // 2]
        kernels = [kernel for _, _, kernel in pyramid.halvings()][::-1]
        # As in the paper, every second stage has an extra convolution and noise.
        self.stages = nn.ModuleList(
            Stage(channels[n], channels[n + 1], kernel, pyramid.edges[-2 - n], refined=n % 2 == 0)
            for n, kernel in enumerate(kernels)
        )
        reach = min(REACH, len(self.stages))
        self.weigh = nn.ModuleList(
            Excitation(small, large, smallest) for small, large in zip(channels, channels[reach:], strict=False)
        )
        self.paint = nn.Sequential(nn.Conv2d(channels[-1], pyramid.channels[0], 3, padding=1), nn.Tanh())

    def forward(self, latents: Tensor) -> Tensor:
        planes = [self.start(latents)]
        unweighed = len(self.stages) - len(self.weigh)
        for number, stage in enumerate(self.stages):
            larger = stage(planes[-1])
            if number >= unweighed:
                place = number - unweighed
                larger = larger * self.weigh[place](planes[place])
            planes.append(larger)
        return self.paint(planes[-1])  # type: ignore[no-any-return]


class Stage(nn.Sequential):
    """Maps planes (N, inputs, H, W) to (N, outputs, edge, edge), twice as large."""

    def __init__(self, inputs: int, outputs: int, kernel: int, edge: int, refined: bool) -> None:
        layers = [
            nn.ConvTranspose2d(inputs, 2 * outputs, kernel, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * outputs),
            GatedLinear(),
        ]
        if refined:
            layers += [
                nn.Conv2d(outputs, 2 * outputs, 3, padding=1, bias=False),
                Noise(edge),
                nn.BatchNorm2d(2 * outputs),
                GatedLinear(),
            ]
        super().__init__(*layers)


class Excitation(nn.Sequential):
    """Skip-layer excitation: maps small planes to factors (N, C, 1, 1) for the channels of large ones (equation 2)."""

    def __init__(self, small: int, large: int, edge: int) -> None:
        super().__init__(
            nn.AdaptiveAvgPool2d(edge),
            nn.Conv2d(small, large, edge),
            nn.LeakyReLU(LEAK, inplace=True),
            nn.Conv2d(large, large, 1),
            nn.Sigmoid(),
        )


class GatedLinear(nn.Module):
    """Multiplies half of the channels (N, 2 C, H, W) by the sigmoid of the rest (Dauphin et al. 2017, equation 1)."""

    def forward(self, planes: Tensor) -> Tensor:
        values, gates = planes.chunk(2, dim=1)
        return values * gates.sigmoid()


class Noise(nn.Module):
    """Adds the same normal noise to every channel, with learned strength: fresh in training, fixed otherwise.

    Fixed noise makes a sample depend only on its latent.
    """

    pattern: Tensor

    def __init__(self, edge: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("pattern", torch.randn(1, 1, edge, edge))

    def forward(self, planes: Tensor) -> Tensor:
        noise = torch.randn_like(planes[:, :1]) if self.training else self.pattern
        return planes + (self.strength * noise).to(planes.dtype)


class Discriminator(nn.Module):
    """Maps images (N, C, H, W) to logits (N,); has two small decoders (figure 4)."""

    def __init__(self, options: LightGANOptions, pyramid: Pyramid) -> None:
        super().__init__()
        halvings = list(pyramid.halvings())
        picture, width, kernel = halvings[0]
        self.stages = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(picture, width, kernel, stride=2, padding=1), nn.LeakyReLU(LEAK, inplace=True))]
        )
        self.stages.extend(Halving(*halving, options.batch_norm_d) for halving in halvings[1:])
        self.logit = nn.Sequential(FromPlanes(), nn.Linear(pyramid.features, 1))
        # The smallest planes, except for the last, that can be cut into quarters.
        self.middle = max(n for n, edge in enumerate(pyramid.edges[1:-1]) if edge % 2 == 0)
        if options.reconstruction:
            mirrored = [kernel for _, _, kernel in reversed(halvings[1:])]
            self.decode_whole = Decoder(pyramid.channels[-1], width, picture, mirrored)
            doublings = [4] * (self.middle + 1)
            self.decode_part = Decoder(pyramid.channels[self.middle + 1], width, picture, doublings)

    def look(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the planes (N, C, H, W) of which a quarter can be decoded, and the last ones."""
        planes = [images]
        for stage in self.stages:
            planes.append(stage(planes[-1]))
        return planes[self.middle + 1], planes[-1]

    def forward(self, images: Tensor) -> Tensor:
        return self.logit(self.look(images)[1]).flatten()  # type: ignore[no-any-return]


class Halving(nn.Module):
    """Halves the size in two ways, by convolutions and by pooling, and averages them."""

    def __init__(self, inputs: int, outputs: int, kernel: int, batch_norm: bool) -> None:
        super().__init__()

        def finished() -> Iterable[nn.Module]:
            return (*([nn.BatchNorm2d(outputs)] if batch_norm else []), nn.LeakyReLU(LEAK, inplace=True))

        self.convolved = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel, stride=2, padding=1, bias=not batch_norm),
            *finished(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=not batch_norm),
            *finished(),
        )
        pooled = nn.AvgPool2d(2) if kernel == 4 else nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        self.direct = nn.Sequential(pooled, nn.Conv2d(inputs, outputs, 1, bias=not batch_norm), *finished())

    def forward(self, planes: Tensor) -> Tensor:
        return (self.convolved(planes) + self.direct(planes)) / 2  # type: ignore[no-any-return]


class Decoder(nn.Sequential):
    """Maps planes (N, inputs, H, W) to images (N, C, ...), doubling the size once for each of ``kernels``."""

    def __init__(self, inputs: int, width: int, picture: int, kernels: list[int]) -> None:
        layers: list[nn.Module] = []
        for kernel in kernels:
            layers += [nn.ConvTranspose2d(inputs, 2 * width, kernel, stride=2, padding=1), GatedLinear()]
            inputs = width
        super().__init__(*layers, nn.Conv2d(width, picture, 3, padding=1))


def initialise_gated(module: nn.Module) -> None:
    """Initialise a decoder's weights to preserve the variance, given that gates halve the signal at first."""
    if isinstance(module, Decoder):
        for layer in module:
            if isinstance(layer, nn.ConvTranspose2d):
                # With stride 2, each output pixel is reached by a quarter of the kernel's weights.
                fan_in = layer.in_channels * layer.weight[0, 0].numel() / 4
                nn.init.normal_(layer.weight, 0.0, 2 / fan_in**0.5)


def quarter(planes: Tensor, number: int) -> Tensor:
    """Return one of the four quarters of planes (N, C, H, W) with even height and width."""
    rows, columns = planes.shape[2] // 2, planes.shape[3] // 2
    top, left = number // 2 * rows, number % 2 * columns
    return planes[:, :, top : top + rows, left : left + columns]
