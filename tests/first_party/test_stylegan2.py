"""StyleGAN2: what its layers compute, how it is trained, and what truncation does."""

import pytest
import torch
import torch.nn.functional as F

from artgan.build import build_model
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan_plugins.models.stylegan2_layers import Styled

LABELS = ("a", "b", "c")
SMALL = {"width": 4, "latent_dim": 8}


def info(size: int = 16, channels: int = 3, labels: tuple[str, ...] = ()) -> ImageInfo:
    return ImageInfo(channels, size, size, labels)


def batch(count: int = 8, labels: bool = False, seed: int = 0) -> Batch:
    images = torch.randn(count, 3, 16, 16).clamp(-1, 1)
    return Batch(images, torch.arange(count) % 3 if labels else None, 0, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("full_size", [False, True])
@pytest.mark.parametrize(("size", "channels"), [(16, 1), (28, 4), (32, 3), (48, 1), (256, 4)])
def test_it_makes_these_sizes(size, channels, full_size):
    model = build_model("stylegan2", {**SMALL, "full_size": full_size}, info(size, channels)).eval()
    with torch.no_grad():
        images = model.sample(torch.randn(2, 8), None)
        assert images.shape == (2, channels, size, size)
        assert images.abs().max() <= 1
        assert model.score(images, None).shape == (2,)


def test_other_sizes_are_refused_and_labels_asked_for():
    with pytest.raises(UserError, match=r"stylegan2 can't make 30x30.*--size 28"):
        build_model("stylegan2", {}, info(30))
    with pytest.raises(UserError, match="stylegan2-cond learns from labels"):
        build_model("stylegan2-cond", {}, info())


def test_scaling_planes_is_the_same_as_scaling_each_images_weights():
    layer = Styled(6, 5, 8, 4, grows=False).eval()
    planes, styles = torch.randn(3, 6, 8, 8), torch.randn(3, 4)
    weights = layer.conv.weight * layer.affine(styles)[:, None, :, None, None]
    weights = weights / (weights.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()
    each = [F.conv2d(one[None], weight, padding=1) for one, weight in zip(planes, weights, strict=True)]
    assert torch.allclose(layer(planes, styles), 2**0.5 * F.leaky_relu(torch.cat(each), 0.2), atol=1e-5)


def test_layers_learn_as_fast_as_their_weights_are_large():
    model = build_model("stylegan2", {**SMALL, "width": 16, "lr_decay": "linear", "constant": True}, info())
    optimizer = model.optimizer("generator", list(model.generator.parameters()))
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    assert [group["initial_lr"] for group in optimizer.param_groups] == [g["lr"] for g in optimizer.param_groups]
    conv, dense = model.generator.synthesis.styled[0].conv, model.generator.mapping.layers[0]
    assert rates[id(conv.weight)] == pytest.approx(model.options.lr_g * (9 * conv.in_channels) ** -0.5)
    assert rates[id(conv.weight)] == pytest.approx(model.options.lr_g * float(conv.weight.detach().std()), rel=0.1)
    assert rates[id(dense.weight)] == pytest.approx(model.options.lr_g * 0.01 * (2 / 8) ** 0.5)
    assert rates[id(model.generator.synthesis.start.planes)] == model.options.lr_g


def test_truncation_goes_to_the_mean_of_what_was_asked_for():
    model = build_model("stylegan2-cond", SMALL, info(labels=LABELS))
    with torch.no_grad():
        for seed in range(30):
            model.generate(batch(24, labels=True, seed=seed))
        model.eval()
        latents, labels = torch.randn(6, 8), torch.arange(6) % 3
        whole, none = (model.sample(latents, labels, truncation) for truncation in (1.0, 1e-6))
        assert torch.allclose(none[:3], none[3:], atol=1e-3)
        assert not torch.allclose(none[0], none[1], atol=1e-2)
        assert not torch.allclose(whole[:3], whole[3:], atol=1e-1)
        styles = model.generator.mapping(torch.randn(2000, 8), torch.zeros(2000, dtype=torch.int64))
        assert (model.running.styles[0] - styles.mean(0)).abs().max() < 0.25


def test_the_recipe_of_the_paper_mixes_styles_and_penalises_path_lengths():
    model = build_model("stylegan2", {**SMALL, "recipe": "paper"}, info())
    assert [(phase.name, phase.interval) for phase in model.phases()] == [
        ("generator", 1),
        ("discriminator", 1),
        ("r1", 16),
        ("path", 4),
    ]
    assert model.options.style_mixing == 0.9
    # The first penalty compares with the mean of its own lengths, and not with zero.
    found = model.path_loss(batch())
    lengths = found["path length"]
    assert float(found["loss"].detach()) == pytest.approx(float(lengths.var(correction=0)) * 2 * 4, rel=1e-3)


def test_by_default_both_sides_share_a_pass():
    assert [phase.name for phase in build_model("stylegan2", SMALL, info()).phases()] == ["discriminator", "r1"]


def test_layouts_hang_on_the_style_from_the_start_or_begin_alike():
    latents = torch.randn(16, 8)
    for constant in (False, True):
        synthesis = build_model("stylegan2", {**SMALL, "constant": constant}, info()).generator.synthesis
        planes = synthesis.start(latents).detach()
        assert planes.shape == (16, synthesis.styled[0].conv.in_channels, 4, 4)
        assert (float(planes.std(0).max()) == 0) is constant


def test_pictures_end_in_tanh_or_are_cut_off():
    for bounded in (False, True):
        model = build_model("stylegan2", {**SMALL, "bounded": bounded}, info()).eval()
        with torch.no_grad():
            images = model.generator(10 * torch.randn(64, 8))
        assert (float(images.abs().max()) <= 1) is bounded


def test_mixed_images_have_the_late_styles_of_another_latent():
    model = build_model("stylegan2", {**SMALL, "style_mixing": 1.0}, info()).eval()
    seen = []
    model.generator.synthesis.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        model.generate(batch())
    (styles,) = seen
    assert styles.shape == (8, model.generator.synthesis.layers, 8)
    for image in styles:
        changes = (image[1:] != image[:-1]).any(dim=1)
        assert changes.sum() == 1


def test_while_training_the_discriminator_sees_how_far_a_batch_spreads_and_later_each_image_alone():
    model = build_model("stylegan2", {**SMALL, "spread": True}, info())
    images = batch().images
    same = images[:1].expand(8, -1, -1, -1)
    with torch.no_grad():
        assert not torch.allclose(model.discriminator(images)[0], model.discriminator(same)[0])
        model.eval()
        assert torch.allclose(model.score(images, None)[0], model.score(same, None)[0], atol=1e-5)
