"""The models that come with artgan: shapes, options, recipes, and what they refuse."""

import re

import pytest
import torch

from artgan.build import build_model
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.models.layers import SIZES


def info(size: int = 28, channels: int = 1, labels: tuple[str, ...] = ()) -> ImageInfo:
    return ImageInfo(channels, size, size, labels)


def sample(model: torch.nn.Module, n: int = 2) -> torch.Tensor:
    labels = torch.arange(n) if model.conditional else None
    with torch.no_grad():
        return model.eval().sample(torch.randn(n, *model.latent_shape), labels)


@pytest.mark.parametrize("size", [16, 20, 24, 28, 32, 48, 64, 128, 256])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_dcgan_makes_these_sizes(size, channels):
    model = build_model("dcgan", {"width": 4}, info(size, channels))
    images = sample(model)
    assert images.shape == (2, channels, size, size)
    assert images.abs().max() <= 1
    assert model.score(images, None).shape == (2,)


@pytest.mark.parametrize(("size", "nearest"), [(30, "28"), (100, "96"), (8, "16"), (512, "256")])
def test_dcgan_refuses_other_sizes_and_names_the_nearest(size, nearest):
    with pytest.raises(UserError, match=f"--size {nearest}"):
        build_model("dcgan", {}, info(size))


def test_dcgan_refuses_rectangles():
    with pytest.raises(UserError, match="square"):
        build_model("dcgan", {}, ImageInfo(3, 32, 48))


@pytest.mark.parametrize(
    ("model", "options"), [("wgan-gp", {"width": 4}), ("r3gan", {"width": 16}), ("lightgan", {"width": 4})]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_newer_models_make_all_sizes(model, options, channels):
    for size in SIZES:
        built = build_model(model, options, info(size, channels))
        images = sample(built)
        assert images.shape == (2, channels, size, size)
        assert images.abs().max() <= 1
        assert built.score(images, None).shape == (2,)
    with pytest.raises(UserError, match="--size 28"):
        build_model(model, options, info(30))


def test_the_critic_of_wgan_gp_has_layer_norm_and_no_batch_norm():
    model = build_model("wgan-gp", {"width": 4, "recipe": "paper"}, info())
    kinds = {type(module).__name__ for module in model.discriminator.modules()}
    assert "GroupNorm" in kinds
    assert "BatchNorm2d" not in kinds
    critic, generator = (next(p for p in model.phases() if p.name == name) for name in ("discriminator", "generator"))
    assert (critic.interval, generator.interval) == (1, 5)


def test_r3gan_has_no_normalisation_and_begins_as_if_it_had_no_blocks():
    model = build_model("r3gan", {"width": 16, "blocks": 2}, info(32, 3))
    assert not [m for m in model.modules() if "Norm" in type(m).__name__]
    blocks = [m for m in model.modules() if type(m).__name__ == "Block"]
    assert len(blocks) == 12
    for block in blocks:
        planes = torch.randn(2, block.residual[0].in_channels, 5, 5)
        assert torch.equal(block(planes), planes)
    assert sample(model).std() > 0.1


def test_spectral_norm_is_refused_where_layers_begin_at_zero():
    with pytest.raises(UserError, match="layers that are initialised to zero"):
        build_model("r3gan", {"width": 16, "spectral_norm": True}, info())


def widths(network: torch.nn.Module) -> list[int]:
    dense = [m for m in network.modules() if isinstance(m, torch.nn.Linear)]
    return [dense[0].in_features, *(layer.out_features for layer in dense)]


def test_mlp_has_the_tutorials_layers_or_half_their_width_and_others_are_one_option_away():
    assert widths(build_model("mlp", {}, info()).generator) == [100, 128, 256, 512, 784]
    model = build_model("mlp", {"recipe": "paper"}, info())
    assert widths(model.generator) == [100, 256, 512, 1024, 784]
    assert widths(model.discriminator) == [784, 512, 256, 1]
    small = build_model("mlp", {"hidden": "256"}, info())
    assert widths(small.generator) == [100, 256, 784]
    assert widths(small.discriminator) == [784, 256, 1]


def test_mlp_options_change_the_networks():
    model = build_model("mlp", {"activation": "relu", "batch_norm": "true", "dropout": "0.3"}, info())
    kinds = {type(module).__name__ for module in model.generator.modules()}
    assert {"ReLU", "BatchNorm1d"} <= kinds
    assert any(isinstance(module, torch.nn.Dropout) for module in model.discriminator.modules())


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 17, 40), (4, 8, 8)])
def test_mlp_makes_any_shape(shape):
    assert sample(build_model("mlp", {}, ImageInfo(*shape))).shape == (2, *shape)


@pytest.mark.parametrize("backbone", ["conv", "mlp"])
def test_in_cgan_labels_enter_both_networks(backbone):
    model = build_model("cgan", {"backbone": backbone, "width": 4}, info(labels=("a", "b", "c")))
    assert sample(model).shape == (2, 1, 28, 28)
    for network in (model.generator, model.discriminator):
        assert any(isinstance(module, torch.nn.Embedding) for module in network.modules())


def test_cgan_refuses_data_without_labels():
    with pytest.raises(UserError, match="cgan learns from labels"):
        build_model("cgan", {}, info())


@pytest.mark.parametrize(
    ("model", "values"), [("wgan-gp", (1e-4, 1e-4, 0.0, 0.9, 5, 10)), ("r3gan", (2e-4, 2e-4, 0.0, 0.99, 1, 0))]
)
def test_the_papers_values_of_the_newer_models(model, values):
    options = build_model(model, {"recipe": "paper"}, info()).options
    names = ("lr_g", "lr_d", "beta1", "beta2", "d_steps", "gp")
    assert tuple(getattr(options, name) for name in names) == values


@pytest.mark.parametrize("model", ["mlp", "dcgan", "cgan"])
def test_the_papers_values_are_one_option_away_and_single_values_win(model):
    labels = ("a", "b")
    options = build_model(model, {"recipe": "paper"}, info(labels=labels)).options
    assert (options.lr_g, options.lr_d, options.beta1, options.beta2, options.r1) == (2e-4, 2e-4, 0.5, 0.999, 0)
    assert build_model(model, {"recipe": "paper", "lr_g": "0.01"}, info(labels=labels)).options.lr_g == 0.01


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"widht": "3"}, "Did you mean 'width'"),
        (
            {"width": "wide"},
            "Option width of model dcgan must be a whole number between 4 and 512 (default: 32), not wide",
        ),
        ({"width": "0"}, "Option width of model dcgan must be between 4 and 512 (default: 32), not 0"),
        ({"recipe": "secret"}, "Option recipe of model dcgan must be fast or paper (default: fast), not secret"),
    ],
)
def test_wrong_options_are_explained(values, message):
    with pytest.raises(UserError, match=re.escape(message)):
        build_model("dcgan", values, info())
