"""R3GAN, the modern baseline: a relativistic loss with R1 and R2, and residual networks without normalisation."""

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

import artgan
from artgan.models.layers import Halve, Pyramid, Resize

GROUP_CHANNELS = 16
SLOPE = 0.2
# Preserves the variance through a leaky ReLU of that slope (He et al. 2015, equation 15).
GAIN = (2 / (1 + SLOPE**2)) ** 0.5


class R3GANOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {"lr_g": 2e-4, "lr_d": 2e-4, "beta1": 0.0, "beta2": 0.99, "r1_interval": 1, "blocks": 2},
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast", description="paper: learning rates 2e-4, penalties at every step, two blocks per stage"
    )
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent")
    width: int = artgan.Field(32, ge=16, le=512, multiple_of=16, description="channels of the stage next to the image")
    blocks: int = artgan.Field(1, ge=1, le=16, description="residual blocks per stage")
    expansion: int = artgan.Field(2, ge=1, le=8, description="factor by which blocks are wider inside")
    loss: artgan.LossName = artgan.Field("relativistic", description="adversarial loss, on logits")
    lr_g: float = artgan.Field(2e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(2e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay rate of the second moment")
    r1: float = artgan.Field(1.0, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r2: float = artgan.Field(
        1.0, ge=0, le=1000, description="weight of R2, the same penalty on generated images (0: off)"
    )
    r1_interval: int = artgan.Field(4, ge=1, le=1000, description="steps between R1 and R2 penalties")


class R3GAN(artgan.GAN):
    """Grouped residual blocks with fix-up initialisation between plain resampling layers, the same in both networks.

    Adapted to small images and CPUs: a strided convolution next to the image replaces the paper's blocks at full size,
    and channels double with every halving.
    """

    Options = R3GANOptions
    capturable = True
    default_steps = 4000
    paper = (
        "Huang et al. 2024, The GAN is dead; long live the GAN! A Modern GAN Baseline (R3GAN), "
        "https://arxiv.org/abs/2501.05441"
    )

    def __init__(self, options: R3GANOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        pyramid = Pyramid.plan(data, options.width, "r3gan")
        self.generator = Generator(options, pyramid)
        self.discriminator = Discriminator(options, pyramid)

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Sample images (N, C, H, W), clamped because the generator's last layer is linear."""
        return super().sample(latents, labels, truncation).clamp(-1, 1)


class Generator(nn.Module):
    """Maps latents (N, latent_dim) to a learned 4x4 basis, then through stages that double the size (section 4)."""

    def __init__(self, options: R3GANOptions, pyramid: Pyramid) -> None:
        super().__init__()
        edges, channels = pyramid.edges[:0:-1], pyramid.channels[:0:-1]
        depth = options.blocks * len(edges)
        self.basis = nn.Parameter(torch.randn(1, channels[0], edges[0], edges[0]))
        self.weigh = scaled(nn.Linear(options.latent_dim, channels[0], bias=False))
        layers: list[nn.Module] = []
        for number, (edge, wide) in enumerate(zip(edges, channels, strict=True)):
            if number:
                layers += [*pointwise(channels[number - 1], wide), Resize(edge)]
            layers += [Block(wide, options.expansion, depth) for _ in range(options.blocks)]
        picture, wide, kernel = next(pyramid.halvings())
        self.body = nn.Sequential(*layers)
        # Each output pixel of a strided convolution with kernel 4 is reached by four of its sixteen weights.
        self.paint = scaled(nn.ConvTranspose2d(wide, picture, kernel, stride=2, padding=1), fan_in=4 * wide)

    def forward(self, latents: Tensor) -> Tensor:
        # Use the memory layout of the convolutions' weights, not the parameter's.
        planes = self.basis * self.weigh(latents)[:, :, None, None]
        return self.paint(self.body(planes.contiguous(memory_format=torch.channels_last)))  # type: ignore[no-any-return]


class Discriminator(nn.Module):
    """The generator's mirror image: stages of blocks that halve the size, then a learned basis and a logit (N,)."""

    def __init__(self, options: R3GANOptions, pyramid: Pyramid) -> None:
        super().__init__()
        edges, channels = pyramid.edges[1:], pyramid.channels[1:]
        depth = options.blocks * len(edges)
        picture, wide, kernel = next(pyramid.halvings())
        layers: list[nn.Module] = [scaled(nn.Conv2d(picture, wide, kernel, stride=2, padding=1))]
        for number, wide in enumerate(channels):
            if number:
                layers += [Halve(odd=edges[number - 1] % 2 == 1), *pointwise(channels[number - 1], wide)]
            layers += [Block(wide, options.expansion, depth) for _ in range(options.blocks)]
        self.body = nn.Sequential(*layers)
        self.basis = nn.Parameter(torch.randn(1, channels[-1], edges[-1], edges[-1]) / edges[-1])
        self.logit = scaled(nn.Linear(channels[-1], 1, bias=False))

    def forward(self, images: Tensor) -> Tensor:
        found = (self.body(images) * self.basis).sum(dim=(2, 3))
        return self.logit(found).flatten()  # type: ignore[no-any-return]


class Block(nn.Module):
    """x + f(x), where f expands channels, applies a grouped 3x3 convolution, and reduces them (figure 4, right).

    f starts at zero. The initial weights follow fix-up (Zhang, Dauphin and Ma 2019, section 3) for ``depth`` blocks of
    three layers, so that a deep network trains without normalisation.
    """

    def __init__(self, channels: int, expansion: int, depth: int) -> None:
        super().__init__()
        inside = channels * expansion
        gain = GAIN * depth ** (-1 / 4)
        self.residual = nn.Sequential(
            scaled(nn.Conv2d(channels, inside, 1), gain),
            nn.LeakyReLU(SLOPE, inplace=True),
            scaled(nn.Conv2d(inside, inside, 3, padding=1, groups=inside // GROUP_CHANNELS), gain),
            nn.LeakyReLU(SLOPE, inplace=True),
            scaled(nn.Conv2d(inside, channels, 1, bias=False), 0.0),
        )

    def forward(self, planes: Tensor) -> Tensor:
        return planes + self.residual(planes)  # type: ignore[no-any-return]


def pointwise(inputs: int, outputs: int) -> list[nn.Module]:
    """Return a 1x1 convolution if the number of channels changes, else nothing."""
    return [] if inputs == outputs else [scaled(nn.Conv2d(inputs, outputs, 1, bias=False))]


Layer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


def scaled(layer: Layer, gain: float = 1.0, fan_in: int | None = None) -> Layer:
    """Initialise the weights of ``layer`` from N(0, gain² / inputs) and its bias with zeros; return it."""
    inputs = fan_in or layer.weight[0].numel()
    if gain:
        nn.init.normal_(layer.weight, 0.0, gain / inputs**0.5)
    else:
        nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
