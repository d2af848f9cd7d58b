"""The networks of StyleGAN2: mapping and synthesis, which are its generator, and the discriminator."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from artgan.models.equalised import equalised
from artgan.models.layers import MOST_DOUBLED, FromPlanes, Halve, MinibatchSpread, Pyramid, ToPlanes, resize
from artgan_plugins.models.stylegan2_layers import GAIN, Paint, Styled, rectify

# How much slower the mapping network learns (Karras et al. 2019, appendix C).
MAPPING_RATE = 0.01
# How long a label's embedding is beside a latent. Were they alike, as in the paper's code, styles would hang on little
# but labels, and a short training would make one picture a label.
LABEL_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """Planes from the picture inwards.

    Attributes:
        edges: height and width of the planes; each is half (rounded up) of the one before, the last 3 or 4.
        channels: of the planes.
        picture: channels of the picture.
        full_size: whether the first planes are as large as the picture, and not half.
    """

    edges: tuple[int, ...]
    channels: tuple[int, ...]
    picture: int
    full_size: bool

    @classmethod
    def of(cls, pyramid: Pyramid, full_size: bool) -> "Plan":
        """The plan after ``pyramid``; with ``full_size`` planes of its first width stand at the picture's size too."""
        picture, *channels = pyramid.channels
        if not full_size:
            return cls(pyramid.edges[1:], tuple(channels), picture, full_size)
        widths = (channels[0] * min(2**n, MOST_DOUBLED) for n in range(len(pyramid.edges)))
        return cls(pyramid.edges, tuple(widths), picture, full_size)


class Mapping(nn.Module):
    """Latents (N, dim), and labels (N,) if there are any, to styles (N, dim): dense layers that learn slowly."""

    def __init__(self, dim: int, depth: int, labels: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(labels, dim) if labels else None
        widths = [dim * (2 if labels else 1), *[dim] * depth]
        self.layers = nn.ModuleList(equalised(nn.Linear(i, o), GAIN, MAPPING_RATE) for i, o in pairwise(widths))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        # In half precision near latents would come to the same style.
        with torch.autocast(latents.device.type, enabled=False):
            found = unit_power(latents)
            if self.embed is not None:
                found = torch.cat([found, LABEL_SHARE * unit_power(self.embed(labels))], dim=1)
            for layer in self.layers:
                found = rectify(layer(found))
            return found


class Synthesis(nn.Module):
    """Styles (N, layers, style_dim) to pictures (N, C, H, W): a sum of what is painted at each size (section 4.1)."""

    def __init__(self, plan: Plan, style_dim: int, constant: bool, bounded: bool) -> None:
        """
        Args:
            plan: planes.
            style_dim: numbers in a style.
            constant: whether the smallest planes are the same for all images, else they are drawn from the style.
            bounded: whether the sum goes through tanh, else it is left as it is.
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
        """Layers that a style of its own can go to; what paints shares that of the next."""
        return len(self.styled) + 1

    def forward(self, styles: Tensor) -> Tensor:
        each = styles.unbind(1)
        planes = self.start(each[0])
        pictures = None
        for number, paint in enumerate(self.paint):
            for layer in range(max(0, 2 * number - 1), 2 * number + 1):
                planes = self.styled[layer](planes, each[layer])
            painted = paint(planes, each[2 * number + 1])
            if pictures is not None:
                painted = painted + resize(pictures, painted.shape[2:])
            pictures = painted
        assert pictures is not None
        return pictures.tanh() if self.bounded else pictures


class Constant(nn.Module):
    """Styles (N, style_dim) to planes (N, channels, edge, edge) that are learnt, and the same for all of them."""

    def __init__(self, channels: int, edge: int) -> None:
        super().__init__()
        self.planes = nn.Parameter(torch.randn(1, channels, edge, edge))

    def forward(self, styles: Tensor) -> Tensor:
        return self.planes.repeat(len(styles), 1, 1, 1).contiguous(memory_format=torch.channels_last)


class Drawn(nn.Sequential):
    """Styles (N, style_dim) to planes (N, channels, edge, edge) of their own.

    A style only scales planes. What makes layouts of that has to be learnt first, and takes more images than are shown
    on a processor in minutes.
    """

    def __init__(self, style_dim: int, channels: int, edge: int) -> None:
        super().__init__(equalised(nn.Linear(style_dim, channels * edge**2)), ToPlanes(channels, edge))


class Generator(nn.Module):
    """Latents (N, dim) and labels (N,) to pictures (N, C, H, W): a style for all layers of an image."""

    def __init__(self, plan: Plan, dim: int, mapping_layers: int, labels: int, constant: bool, bounded: bool) -> None:
        super().__init__()
        self.mapping = Mapping(dim, mapping_layers, labels)
        self.synthesis = Synthesis(plan, dim, constant, bounded)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        styles = self.mapping(latents, labels)[:, None].expand(-1, self.synthesis.layers, -1)
        return self.synthesis(styles)  # type: ignore[no-any-return]


class Discriminator(nn.Module):
    """Residual blocks, each half as large (section 4.1), the minibatch's spread, and a logit (N,).

    With labels the inner product of the last features and the label's embedding is added (Miyato and Koyama 2018,
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
    """Planes (N, I, E, E) to (N, O, E / 2, E / 2): two convolutions beside one of 1x1 (figure 7c).

    Both ways carry half of the variance.
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
    """``inputs`` (N, F), each row with a mean square of 1."""
    return inputs * (inputs.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
