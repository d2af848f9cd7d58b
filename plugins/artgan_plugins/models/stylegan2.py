"""StyleGAN2: styles that scale feature planes, noise, and a residual discriminator, with or without labels."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

import artgan
from artgan.models.equalised import equalise_rates
from artgan.models.layers import Pyramid
from artgan_plugins.models.stylegan2_networks import Discriminator, Generator, Plan

# Decay of the running mean path length per penalty. The paper's 0.99 is for training runs a hundred times as long.
LENGTHS_KEPT = 0.9
# Decay of the mean style per image: its half-life is about 1,400 images.
STYLES_KEPT = 0.9995


class StyleGAN2Options(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    recipes: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {
            "latent_dim": 512,
            "width": 64,
            "mapping_layers": 8,
            "full_size": True,
            "constant": True,
            "bounded": False,
            "spread": True,
            "style_mixing": 0.9,
            "path": 2.0,
            "r1": 10.0,
            "lr_g": 2e-3,
            "lr_d": 2e-3,
        },
    }

    recipe: Literal["fast", "paper"] = artgan.Field(
        "fast",
        description="paper: wider, blocks at full size, latents of 512, eight mapping layers, mixing, path lengths",
    )
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent, and of a style")
    mapping_layers: int = artgan.Field(2, ge=1, le=16, description="dense layers from latent to style")
    width: int = artgan.Field(
        32, ge=4, le=512, description="channels next to the image; they double with every halving, up to 8 times"
    )
    full_size: bool = artgan.Field(
        False, description="use blocks at full image size, as in the paper, instead of a strided layer"
    )
    constant: bool = artgan.Field(
        False, description="start from the same planes for all images, as in the paper, instead of the style"
    )
    bounded: bool = artgan.Field(True, description="apply tanh to the image; the paper doesn't")
    spread: bool = artgan.Field(
        False, description="show D the spread of a batch's images, as in the paper; a third slower"
    )
    style_mixing: float = artgan.Field(
        0.0, ge=0, le=1, description="share of training images with the styles of two latents"
    )
    path: float = artgan.Field(0.0, ge=0, le=1000, description="weight of the path length penalty (2 is usual, 0: off)")
    path_interval: int = artgan.Field(4, ge=1, le=1000, description="steps between path length penalties")
    lr_g: float = artgan.Field(5e-3, gt=0, lt=1, description="generator learning rate")
    lr_d: float = artgan.Field(2.5e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(0.0, ge=0, lt=1, description="Adam's decay rate of the first moment")
    beta2: float = artgan.Field(0.99, ge=0, lt=1, description="Adam's decay rate of the second moment")
    r1: float = artgan.Field(1.0, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")


class StyleGAN2(artgan.StyleModel, artgan.GAN):
    """Latents become styles, styles scale the inputs of convolutions, and images are sums over sizes (section 2).

    The defaults are for minutes of training on a CPU: the smallest planes are computed from the style, images end in
    tanh, learning rates are high, and both networks share a forward pass. There is no style mixing and no path length
    penalty, as in the authors' training on small images (Karras et al. 2020b, appendix D, CIFAR-10). For the paper's
    settings, use ``-o recipe=paper``; for adaptive augmentation, ``-o augment=... -o augment_p=adaptive``.
    """

    Options = StyleGAN2Options
    capturable = True
    default_batch_size = 32
    default_steps = 6000
    paper = (
        "Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN, https://arxiv.org/abs/1912.04958; "
        "adaptive augmentation: Karras et al. 2020b, Training Generative Adversarial Networks with Limited Data, "
        "https://arxiv.org/abs/2006.06676"
    )

    generator: Generator

    def __init__(self, options: StyleGAN2Options, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        name = "stylegan2-cond" if self.conditional else "stylegan2"
        plan = Plan.of(Pyramid.plan(data, options.width, name), options.full_size)
        labels = data.labels if self.conditional else 0
        self.generator = Generator(
            plan, options.latent_dim, options.mapping_layers, labels, options.constant, options.bounded
        )
        self.discriminator = Discriminator(plan, labels, options.spread)
        self.running = RunningMeans(max(1, labels), options.latent_dim)

    def phases(self) -> Iterable[artgan.Phase]:
        """Yield the phases of :class:`artgan.GAN`, and the path length penalty every few steps."""
        yield from super().phases()
        if self.options.path:
            yield artgan.Phase("path", ("generator",), self.path_loss, self.options.path_interval, second_order=True)

    def optimizer(self, network: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return Adam with each layer's equalised learning rate."""
        return equalise_rates(super().optimizer(network, parameters), getattr(self, network))

    def generate(self, batch: artgan.Batch) -> Tensor:
        """Generate images from this step's latents, some with the styles of a second latent from a random layer on."""
        styles = self._styles(batch, len(batch))
        mixed = self.options.style_mixing
        layers = self.generator.synthesis.layers
        per_layer = styles[:, None].expand(-1, layers, -1)
        if mixed:
            others = self.generator.mapping(batch.latents(*self.latent_shape), batch.labels)
            crossover = torch.randint(1, layers, (len(batch), 1), device=styles.device)
            crossover[torch.rand(len(batch), 1, device=styles.device) >= mixed] = layers
            late = torch.arange(layers, device=styles.device) >= crossover
            per_layer = torch.where(late[:, :, None], others[:, None], per_layer)
        images: Tensor = self.generator.synthesis(per_layer)
        return images

    def path_loss(self, batch: artgan.Batch) -> dict[str, Tensor]:
        """Penalise uneven changes of the image for equal changes of the style (section 3.2, equation 4).

        It uses half of the batch, and is scaled by its interval (appendix B).
        """
        count = max(1, len(batch) // 2)
        layers = self.generator.synthesis.layers
        styles = self._styles(batch, count)[:, None].expand(-1, layers, -1)
        images = self.generator.synthesis(styles).float()
        noise = torch.randn_like(images) / (images.shape[2] * images.shape[3]) ** 0.5
        (slopes,) = torch.autograd.grad((images * noise).sum(), styles, create_graph=True)
        lengths = slopes.float().square().sum(2).mean(1).add(1e-8).sqrt()
        usual = self.running.path_length(lengths.detach())
        loss = (lengths - usual).square().mean() * (self.options.path * self.options.path_interval)
        return {"loss": loss, "path length": lengths.detach()}

    def styles(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Return styles (N, layers, latent_dim), the same for all layers.

        Truncation pulls them towards their label's mean (Karras et al. 2019, appendix B).
        """
        styles: Tensor = self.generator.mapping(latents, labels)
        if truncation != 1:
            styles = self.running.styles_of(labels if self.conditional else None).lerp(styles, truncation)
        return styles[:, None].expand(-1, self.generator.synthesis.layers, -1)

    def synthesise(self, styles: Tensor) -> Tensor:
        """Return images (N, C, H, W) with fixed noise, clamped because the last layer is linear."""
        images: Tensor = self.generator.synthesis(styles).clamp(-1, 1)
        return images

    def _styles(self, batch: artgan.Batch, count: int) -> Tensor:
        """Return styles (count, latent_dim) of this step's latents, and update the running mean with them."""
        labels = None if batch.labels is None or not self.conditional else batch.labels[:count]
        styles: Tensor = self.generator.mapping(batch.latents(*self.latent_shape)[:count], labels)
        self.running.take_in(styles.detach(), labels)
        return styles


class StyleGAN2Conditional(StyleGAN2):
    """StyleGAN2 with labels: in the mapping network, and in the discriminator by projection."""

    conditional = True
    capturable = True
    paper = f"{StyleGAN2.paper}; labels by projection: Miyato and Koyama 2018, https://arxiv.org/abs/1802.05637"


class RunningMeans(nn.Module):
    """Running means of styles and path lengths in training; not learned by gradients."""

    styles: Tensor
    seen: Tensor
    length: Tensor

    def __init__(self, labels: int, style_dim: int) -> None:
        super().__init__()
        self.register_buffer("styles", torch.zeros(labels, style_dim))
        self.register_buffer("seen", torch.zeros(labels))
        self.register_buffer("length", torch.zeros(()))

    def take_in(self, styles: Tensor, labels: Tensor | None) -> None:
        """Move each label's mean towards ``styles`` (N, style_dim) of ``labels`` (N,), or of no label."""
        places = torch.zeros(len(styles), dtype=torch.int64, device=styles.device) if labels is None else labels
        counts = torch.zeros_like(self.styles[:, 0]).index_add_(
            0, places, torch.ones(len(styles), device=styles.device)
        )
        sums = torch.zeros_like(self.styles).index_add_(0, places, styles.float())
        self.seen.add_(counts)
        # At first, use the plain mean of all styles so far.
        share = torch.maximum(1 - STYLES_KEPT**counts, counts / self.seen.clamp(min=1))
        self.styles.lerp_(sums / counts.clamp(min=1)[:, None], share[:, None])

    def styles_of(self, labels: Tensor | None) -> Tensor:
        """Return mean styles (N, style_dim), or (1, style_dim) without labels."""
        return self.styles if labels is None else self.styles[labels]

    def path_length(self, lengths: Tensor) -> Tensor:
        """Update the running mean with ``lengths`` (N,) and return it.

        It starts with the first lengths: if it rose from zero, the penalty would at first suppress the effect of
        latents on images.
        """
        mean = lengths.mean()
        self.length.copy_(torch.where(self.length > 0, self.length.lerp(mean, 1 - LENGTHS_KEPT), mean))
        return self.length.clone()
