"""The quicker convolutions give the gradients of the ordinary ones."""

import copy

import pytest
import torch
from torch import nn

from artgan.compat.cpu_convolutions import optimize_for_cpu

LAYERS = {
    "7 to 4": (nn.Conv2d(64, 16, 3, stride=2, padding=1), (64, 7, 7)),
    "8 to 4": (nn.Conv2d(8, 16, 4, stride=2, padding=1, bias=False), (8, 8, 8)),
    "wide": (nn.Conv2d(64, 8, (3, 5), padding=(1, 2)), (64, 4, 9)),
    "4 to 7": (nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1), (16, 4, 4)),
    "4 to 8": (nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1, bias=False), (16, 4, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_those_of_the_ordinary_convolution(name):
    ordinary, shape = LAYERS[name]
    ordinary = copy.deepcopy(ordinary).to(memory_format=torch.channels_last)
    quick = copy.deepcopy(ordinary)
    optimize_for_cpu(quick)
    assert type(quick) is not type(ordinary)
    torch.manual_seed(0)
    planes = torch.randn(6, *shape).contiguous(memory_format=torch.channels_last)

    def gradients(layer: nn.Module) -> list[torch.Tensor]:
        given = planes.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            logits = layer(given).square().sum()
        # As R1 needs it: through the gradient of the images once more.
        (of_images,) = torch.autograd.grad(logits, given, create_graph=True)
        (logits + of_images.float().square().mean()).backward()
        return [of_images, *(parameter.grad for parameter in layer.parameters())]

    for mine, theirs in zip(gradients(quick), gradients(ordinary), strict=True):
        assert mine.stride() == theirs.stride()
        assert (mine - theirs).abs().max() <= 0.02 * theirs.abs().max()


PICTURES = {
    "from grey": (nn.Conv2d(1, 8, 4, stride=2, padding=1), (1, 12, 8)),
    "from colour": (nn.Conv2d(3, 8, 4, stride=2, padding=1, bias=False), (3, 8, 12)),
    "by three": (nn.Conv2d(3, 8, 3, stride=2, padding=1), (3, 8, 12)),
    "to grey": (nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1), (8, 6, 4)),
    "to colour": (nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1, bias=False), (8, 4, 6)),
    "fourfold": (nn.ConvTranspose2d(8, 3, 8, stride=4, padding=2), (8, 4, 3)),
}


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("name", PICTURES)
def test_pictures_go_in_and_come_out_as_of_the_ordinary_convolution(name, bf16):
    ordinary, shape = copy.deepcopy(PICTURES[name])
    quick = copy.deepcopy(ordinary)
    optimize_for_cpu(quick)
    torch.manual_seed(0)
    planes = torch.randn(6, *shape)

    def found(layer: nn.Module) -> list[torch.Tensor]:
        given = planes.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            made = layer(given)
            logits = made.square().sum()
        (of_planes,) = torch.autograd.grad(logits, given, create_graph=True)
        (logits + of_planes.square().sum()).backward()
        return [made, of_planes, given.grad, *(parameter.grad for parameter in layer.parameters())]

    for mine, theirs in zip(found(quick), found(ordinary), strict=True):
        assert mine.dtype == theirs.dtype
        assert (mine - theirs).abs().max() <= (0.02 if bf16 else 1e-5) * theirs.abs().max()


def doubling() -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(6, 5, 3, padding=1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(5, 3, 3, padding=1, bias=False),
    )


@pytest.mark.parametrize("bf16", [False, True])
def test_enlarging_and_convolving_is_one(bf16):
    ordinary, quick = doubling(), doubling()
    optimize_for_cpu(quick)
    planes, found = torch.randn(2, 2, 3, 5), []
    for layers in (ordinary, quick):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            made = layers(planes)
        (slopes,) = torch.autograd.grad(made.float().square().sum(), layers[0].weight, create_graph=True)
        (made.float().square().mean() + slopes.square().mean()).backward()
        found.append([made, slopes, *(parameter.grad for parameter in layers.parameters())])
    for theirs, mine in zip(*found, strict=True):
        assert mine.shape == theirs.shape
        assert (mine - theirs).abs().max() <= (0.03 if bf16 else 1e-5) * theirs.abs().max()


def test_layers_that_somebody_listens_to_or_calls_by_themselves_are_the_ordinary_ones():
    ordinary, quick = doubling(), doubling()
    optimize_for_cpu(quick)
    planes, sizes = torch.randn(2, 2, 3, 5), []
    quick[2].register_forward_hook(lambda _, given, made: sizes.append(tuple(given[0].shape[2:])))
    quick(planes)
    assert sizes == [(6, 10)]
    made = planes
    for layer in quick:
        made = layer(made)
    assert torch.equal(made, ordinary(planes))
    with torch.no_grad():  # what samples has the same rounding everywhere
        assert torch.equal(quick(planes), ordinary(planes))


def test_what_is_no_plain_convolution_stays_as_it_is():
    grouped = nn.Conv2d(8, 8, 3, groups=2)
    normed = torch.nn.utils.parametrizations.spectral_norm(nn.Conv2d(8, 8, 3))
    kinds = type(grouped), type(normed)
    optimize_for_cpu(nn.Sequential(grouped, normed))
    assert (type(grouped), type(normed)) == kinds


def test_without_autocast_and_for_a_single_picture_it_is_the_ordinary_convolution():
    ordinary = nn.Conv2d(8, 16, 4, stride=2, padding=1)
    quick = copy.deepcopy(ordinary)
    optimize_for_cpu(quick)
    batch = torch.randn(2, 8, 8, 8)
    assert torch.equal(quick(batch), ordinary(batch))
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(quick(batch[0]), ordinary(batch[0]))
