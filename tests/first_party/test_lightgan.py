"""lightgan: what weighs what, and what the decoders are for."""

import pytest
import torch

from artgan.build import build_model
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from tests.first_party.test_first_party_models import info, sample


def batch_of(images: torch.Tensor, step: int = 0) -> Batch:
    return Batch(images, None, step, torch.Generator().manual_seed(step))


@pytest.mark.parametrize(("size", "pairs"), [(16, 1), (32, 1), (64, 2), (256, 4)])
def test_larger_planes_are_weighed_by_smaller_ones(size, pairs):
    generator = build_model("lightgan", {"width": 4}, info(size, 3)).generator
    assert len(generator.weigh) == pairs
    latents = torch.randn(2, 64)
    before = generator.eval()(latents)
    for excitation in generator.weigh:
        with torch.no_grad():
            excitation[-2].bias.fill_(-50)  # a sigmoid of nothing
    after = generator(latents)
    assert not torch.equal(before, after)
    assert (after[0] - after[1]).abs().max() < 1e-4


def test_the_paper_has_batch_norm_in_both_networks_and_the_default_in_one():
    for recipe, normed in (("fast", False), ("paper", True)):
        model = build_model("lightgan", {"width": 4, "recipe": recipe}, info(32, 3))
        found = any(isinstance(module, torch.nn.BatchNorm2d) for module in model.discriminator.modules())
        assert found is normed
        assert (model.options.loss, model.options.augment) == ("hinge", ("color", "translation"))


def test_noise_is_for_training_and_samples_are_what_their_latents_say():
    model = build_model("lightgan", {"width": 4}, info(32, 3))
    for name, parameter in model.generator.named_parameters():
        if name.endswith("strength"):
            parameter.data.fill_(1.0)
    latents = torch.randn(2, 64)
    model.train()
    assert not torch.equal(model.generator(latents), model.generator(latents))
    model.eval()
    assert torch.equal(model.sample(latents, None), model.sample(latents, None))
    assert sample(model).abs().max() <= 1


@pytest.mark.parametrize("size", [16, 20, 28, 64])
def test_decoders_learn_to_draw_what_the_discriminator_sees(size):
    """The same few pictures, again and again: each of both decoders' errors falls to a part."""
    torch.manual_seed(0)
    model = build_model("lightgan", {"width": 8, "augment": ()}, ImageInfo(3, size, size)).train()
    list(model.phases())
    coarse = torch.rand(4, 3, 4, 4) * 2 - 1
    images = torch.nn.functional.interpolate(coarse, size=(size, size))
    optimizer = torch.optim.Adam(model.discriminator.parameters(), lr=3e-3)
    errors = []
    for step in range(32):
        optimizer.zero_grad()
        found = model.discriminator_loss(batch_of(images, step))
        found["reconstruction"].backward()
        optimizer.step()
        errors.append(found["reconstruction"].item())
    assert sum(errors[-4:]) < 0.6 * sum(errors[:4])


def test_without_decoders_the_game_is_the_plain_one():
    model = build_model("lightgan", {"width": 4, "reconstruction": 0}, info(32, 3))
    assert not [name for name, _ in model.named_modules() if "decode" in name]
    list(model.phases())
    assert "reconstruction" not in model.discriminator_loss(batch_of(torch.randn(2, 3, 32, 32)))
