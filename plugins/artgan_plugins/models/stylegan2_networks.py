"""The networks of StyleGAN2: mapping and synthesis, which make up the generator, and the discriminator."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from artgan.models.equalised import equalised
from artgan.models.layers import MOST_DOUBLED, FromPlanes, Halve, MinibatchSpread, Pyramid, ToPlanes, resize
from artgan_plugins.models.stylegan2_layers import GAIN, Paint, Styled, rectify

# Relative learning rate of the mapping network (Karras et al. 2019, appendix C).
MAPPING_RATE = 0.01
# Length of a label's embedding relative to a latent's. If they were equal, as in the paper's code, styles would depend
# mostly on labels, and a short training run would make one image per label.
LABEL_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of the planes, from the image inwards.

    Attributes:
        edges: height and width of the planes; each is half (rounded up) of the one before, the last is 3 or 4.
        channels: channels of the planes.
        picture: channels of the image.
        full_size: True if the first planes are as large as the image, False if half as large.
    """

    edges: tuple[int, ...]
    channels: tuple[int, ...]
    picture: int
    full_size: bool

    @classmethod
    def of(cls, pyramid: Pyramid, full_size: bool) -> "Plan":
        """Derive the plan from ``pyramid``; with ``full_size``, add planes of its first width at the image's size."""
        picture, *channels = pyramid.channels
        if not full_size:
            return cls(pyramid.edges[1:], tuple(channels), picture, full_size)
        widths = (channels[0] * min(2**n, MOST_DOUBLED) for n in range(len(pyramid.edges)))
        return cls(pyramid.edges, tuple(widths), picture, full_size)


class Mapping(nn.Module):
    """Maps latents (N, dim), and labels (N,) if any, to styles (N, dim), with dense layers that learn slowly."""

    def __init__(self, dim: int, depth: int, labels: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, dim) if labels else None
        widths = [dim * (2 if labels else 1), *[dim] * depth]
        self.layers = nn.ModuleList(equalised(nn.Linear(i, o), GAIN, MAPPING_RATE) for i, o in pairwise(widths))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        # In half precision, latents close to each other would get the same style.
        with torch.autocast(latents.device.type, enabled=False):
            found = unit_power(latents)
            if self.embed is not None:
                found = torch.cat([found, LABEL_SHARE * unit_power(self.embed(labels))], dim=1)
            for layer in self.layers:
                found = rectify(layer(found))
            return found


class Synthesis(nn.Module):
    """Maps styles (N, layers, style_dim) to images (N, C, H, W), summed over all sizes (section 4.1)."""

    def __init__(self, plan: Plan, style_dim: int, constant: bool, bounded: bool) -> None:
        """Create the network.

        Args:
            plan: sizes of the planes.
            style_dim: size of a style.
            constant: use the same smallest planes for all images instead of computing them from the style.
            bounded: apply tanh to the sum.
        """
        super().__init__()
        self.bounded = bounded
        edges, channels = plan.edges[::-1], plan.channels[::-1]
        self.start = Constant(channels[0], edges[0]) if constant else Drawn(style_dim, channels[0], edges[0])
        self.styled, self.paint = nn.ModuleList(), nn.ModuleList()
        for number, (edge, wide) in enumerate(zip(edges, channels, strict=True)):
            if number:
                self.styled.append(Styled(channels[number - 1], wide, edge, style_dim, grows=True))
            self.styled.append(Styled(wide, wide, edge, style_dim, grows=False))
            self.paint.append(Paint(nn.Conv2d(wide, plan.picture, 1), style_dim))
        if not plan.full_size:
            self.paint[-1] = Paint(nn.ConvTranspose2d(channels[-1], plan.picture, 4, stride=2, padding=1), style_dim)

    @property
    def layers(self) -> int:
        """Number of layers with a style of their own; a layer that paints shares the style of the next."""
        return len(self.styled) + 1

    def forward(self, styles: Tensor) -> Tensor:
        each = styles.unbind(1)
        planes = self.start(each[0])
        pictures: Tensor | None = None
        for number, paint in enumerate(self.paint):
            for layer in range(max(0, 2 * number - 1), 2 * number + 1):
                planes = self.styled[layer](planes, each[layer])
            painted: Tensor = paint(planes, each[2 * number + 1])
            if pictures is not None:
                painted = painted + resize(pictures, painted.shape[2:])
            pictures = painted
        assert pictures is not None
        return pictures.tanh() if self.bounded else pictures


class Constant(nn.Module):
    """Returns learned planes (N, channels, edge, edge) that are the same for all styles (N, style_dim)."""

    def __init__(self, channels: int, edge: int) -> None:
        super().__init__()
        self.planes = nn.Parameter(torch.randn(1, channels, edge, edge))

    def forward(self, styles: Tensor) -> Tensor:
        return self.planes.repeat(len(styles), 1, 1, 1).contiguous(memory_format=torch.channels_last)


class Drawn(nn.Sequential):
    """Maps styles (N, style_dim) to planes (N, channels, edge, edge).

    Otherwise a style only scales planes, and turning that into different layouts takes more images than a CPU can
    process in minutes.
    """

    def __init__(self, style_dim: int, channels: int, edge: int) -> None:
        super().__init__(equalised(nn.Linear(style_dim, channels * edge**2)), ToPlanes(channels, edge))


class Generator(nn.Module):
    """Maps latents (N, dim) and labels (N,) to images (N, C, H, W), with the same style for all layers of an image."""

    def __init__(self, plan: Plan, dim: int, mapping_layers: int, labels: int, constant: bool, bounded: bool) -> None:
        super().__init__()
        self.mapping = Mapping(dim, mapping_layers, labels)
        self.synthesis = Synthesis(plan, dim, constant, bounded)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        styles = self.mapping(latents, labels)[:, None].expand(-1, self.synthesis.layers, -1)
        return self.synthesis(styles)  # type: ignore[no-any-return]


class Discriminator(nn.Module):
    """Residual blocks that halve the size (section 4.1), the spread of the minibatch, and a logit (N,).

    With labels, it adds the inner product of the last features and the label's embedding (Miyato and Koyama 2018,
    equation 3).
    """

    def __init__(self, plan: Plan, labels: int, spread: bool = True) -> None:
        super().__init__()
        narrow, wide, edge = plan.channels[0], plan.channels[-1], plan.edges[-1]
        kernel, stride, padding = (1, 1, 0) if plan.full_size else (4, 2, 1)
        self.look = equalised(nn.Conv2d(plan.picture, narrow, kernel, stride, padding), GAIN)
        sizes = pairwise(zip(plan.edges, plan.channels, strict=True))
        self.blocks = nn.Sequential(*(Block(here, further, odd=size % 2 == 1) for (size, here), (_, further) in sizes))
        self.spread = MinibatchSpread() if spread else nn.Identity()
        self.last = equalised(nn.Conv2d(wide + int(spread), wide, 3, padding=1), GAIN)
        self.flatten = FromPlanes()
        self.dense = equalised(nn.Linear(wide * edge**2, wide), GAIN)
        self.logit = equalised(nn.Linear(wide, 1))
        self.embed = nn.Embedding(labels, wide) if labels else None

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        planes = self.spread(self.blocks(rectify(self.look(images))))
        features = rectify(self.dense(self.flatten(rectify(self.last(planes)))))
        logits: Tensor = self.logit(features).flatten()
        if self.embed is not None:
            logits = logits + (features * unit_power(self.embed(labels))).sum(dim=1) / features.shape[1] ** 0.5
        return logits


class Block(nn.Module):
    """Maps planes (N, I, E, E) to (N, O, E / 2, E / 2): two convolutions, and a 1x1 convolution as a skip (figure 7c).

    Both branches carry half of the variance.
    """

    def __init__(self, narrow: int, wide: int, odd: bool) -> None:
        super().__init__()
        self.first = equalised(nn.Conv2d(narrow, narrow, 3, padding=1), GAIN)
        self.second = equalised(nn.Conv2d(narrow, wide, 3 if odd else 4, stride=2, padding=1))
        self.halve = Halve(odd)
        self.skip = equalised(nn.Conv2d(narrow, wide, 1, bias=False), 0.5**0.5)

    def forward(self, planes: Tensor) -> Tensor:
        residual = rectify(self.second(rectify(self.first(planes))))
        return residual + self.skip(self.halve(planes))  # type: ignore[no-any-return]


def unit_power(inputs: Tensor) -> Tensor:
    """Scale each row of ``inputs`` (N, F) to a mean square of 1."""
    return inputs * (inputs.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
