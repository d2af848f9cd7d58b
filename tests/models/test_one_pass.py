"""Both sides of the game in one pass: the same training as in two, where that can be."""

import pytest
import torch
from torch import nn

import artgan
from artgan.build import build_model
from artgan.data.dataset import ImageInfo
from artgan.models.batch_independence import is_batch_independent
from artgan.models.gan import GAN
from artgan_plugins.losses.non_saturating import NonSaturating
from tests.first_party.test_first_party_models import info
from tests.first_party.test_recipes import run, trainer

RECIPES = [
    ("dcgan", {}),
    ("dcgan", {"loss": "minimax"}),
    ("dcgan", {"loss": "relativistic", "r2": 0.1}),
    ("dcgan", {"loss": "wasserstein", "gp": 10, "r1": 0}),
    ("dcgan", {"label_smoothing": 0.1}),
    ("cgan", {}),
    ("mlp", {"r1": 1, "r1_interval": 1}),
]
IN_TWO = [
    {"loss": "hinge"},
    {"loss": "least-squares"},
    {"d_steps": 2},
    {"recipe": "paper"},
    {"r2": 1, "r1": 1, "r1_interval": 1},
]


@pytest.mark.parametrize(("model", "options"), RECIPES, ids=str)
def test_one_pass_trains_as_two_do(model, options, monkeypatch):
    # In steps of plain gradient descent, for Adam divides the smallest differences by themselves.
    monkeypatch.setattr(GAN, "optimizer", lambda self, network, parameters: torch.optim.SGD(parameters, lr=0.05))
    one = trainer(options, model)
    assert len(one.phases[0].phase.networks) == 2
    monkeypatch.setattr(GAN, "_plays_in_one_pass", lambda self: False)
    two = trainer(options, model)
    assert len(two.phases[0].phase.networks) == 1
    before = [parameter.clone() for parameter in one.model.parameters()]
    run(one)
    run(two)
    for (name, mine), theirs in zip(one.model.named_parameters(), two.model.parameters(), strict=True):
        assert torch.allclose(mine, theirs, rtol=1e-3, atol=1e-5), name
    assert sum(not torch.equal(*pair) for pair in zip(one.model.parameters(), before, strict=True)) > len(before) / 2
    assert one.losses.keys() == two.losses.keys()
    assert one.losses == pytest.approx(two.losses, rel=1e-2, abs=1e-4)


@pytest.mark.parametrize("options", IN_TWO, ids=str)
def test_two_passes_where_one_would_be_another_game(options):
    assert [prepared.phase.name for prepared in trainer(options).phases[:2]] == ["generator", "discriminator"]


def test_two_passes_where_each_optimiser_scales_its_gradients():
    model = build_model("mlp", {}, info(28))
    assert len(next(iter(model.phases())).networks) == 2
    model.gradients_are_scaled = True
    assert len(next(iter(model.phases())).networks) == 1


def test_a_side_of_its_own_keeps_its_pass():
    ready = trainer({})
    ready.model.__class__ = type("Own", (type(ready.model),), {"generator_loss": lambda self, batch: {}})
    assert next(iter(ready.model.phases())).networks == ("generator",)


class Spread(nn.Module):
    """How much the images of a batch differ, beside each image (Karras et al. 2018, section 3)."""

    def forward(self, inputs):
        return torch.cat([inputs, inputs.std(0).mean().expand(len(inputs), 1)], 1)


class Labelled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3 * 8 * 8, 2)

    def forward(self, images, labels):
        return self.linear(images.flatten(1)).gather(1, labels[:, None])


def zero(layer):
    nn.init.zeros_(layer.weight)
    return layer


@pytest.mark.parametrize(
    ("discriminator", "separate"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 1)), True),
        (nn.Sequential(nn.Flatten(), zero(nn.Linear(192, 1))), True),
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 4), nn.LayerNorm(4), nn.Linear(4, 1)), True),
        (nn.Sequential(nn.Flatten(), nn.Linear(192, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), False),
        (nn.Sequential(nn.Flatten(), Spread(), nn.Linear(193, 1)), False),
        (nn.Sequential(nn.Linear(7, 1)), False),
        (nn.Flatten(), False),
    ],
    ids=["dense", "begins at zero", "layer norm", "batch norm", "minibatch statistics", "misfit", "no parameters"],
)
def test_whether_images_are_judged_by_themselves(discriminator, separate):
    state = {key: value.clone() for key, value in discriminator.state_dict().items()}
    drawn = torch.get_rng_state()
    assert is_batch_independent(discriminator, ImageInfo(3, 8, 8), conditional=False) is separate
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(torch.equal(value, state[key]) for key, value in discriminator.state_dict().items())


def test_labels_are_judged_with_their_image():
    assert is_batch_independent(Labelled(), ImageInfo(3, 8, 8, ("a", "b")), conditional=True)


def test_the_shortcut_of_the_usual_loss_says_what_its_slopes_say():
    loss = NonSaturating()
    real, fake = torch.linspace(-5, 5, 64), torch.tensor([-200.0, -69.5, -60.0, -3.0, 0.0, 0.5, 30.0, 200.0])
    value, factors = loss.exchange(real, fake)
    expected_value, expected_factors = artgan.AdversarialLoss.exchange(loss, real, fake)
    torch.testing.assert_close(value, expected_value)
    torch.testing.assert_close(factors, expected_factors)
