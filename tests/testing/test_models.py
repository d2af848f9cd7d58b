"""The conformance kit on models: the first-party ones pass, and bad ones are told what is wrong with them."""

import pytest
import torch
from torch import nn

import artgan
from artgan.plugins.specs import ModelSpec
from artgan.testing import check_model
from artgan.testing.models import ModelSuite
from tests.testing import bad_models
from tests.testing.bad_models import Good, Styled
from tests.testing.first_party import names

SMALL = {"mlp": {"hidden": (32, 16)}, "dcgan": {"width": 8}, "cgan": {"width": 8}, "wgan-gp": {"width": 8}}
SMALL["r3gan"] = {"width": 16}
SMALL["lightgan"] = SMALL["progan"] = {"width": 8}
# Few steps between two penalties are few steps for each of the kit's trainings.
SMALL["stylegan2"] = SMALL["stylegan2-cond"] = {"width": 8, "latent_dim": 16, "r1_interval": 3}
SMALL["hybrid"] = {"member_options": ("dcgan.width=4", "mlp.hidden=16"), "gate_width": 8, "r1_interval": 3}
SMALL["hybrid-cond"] = {"member_options": ("cgan.width=4", "cgan-2.width=4"), "gate_width": 8, "r1_interval": 3}


# The kit trains each model a dozen times: the small ones always, the others with the slow tests.
QUICK = ("mlp", "dcgan", "cgan", "wgan-gp")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names(ModelSpec)]
)
def test_first_party_models_pass(name):
    assert check_model(name, options=SMALL.get(name))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mlp", {"hidden": (32,), "batch_norm": True, "dropout": 0.3, "recipe": "paper"}),
        ("dcgan", {"width": 4, "recipe": "paper"}),
        ("cgan", {"backbone": "mlp", "embedding": 8}),
        ("wgan-gp", {"width": 4, "recipe": "paper"}),
        ("r3gan", {"width": 16, "recipe": "paper"}),
        ("lightgan", {"width": 4, "recipe": "paper"}),
        ("progan", {"width": 4, "recipe": "paper", "growth": 0.6}),
        ("stylegan2", {"width": 4, "latent_dim": 16, "recipe": "paper", "r1_interval": 3, "path_interval": 2}),
    ],
)
def test_other_options_of_first_party_models_pass(name, options):
    assert len(check_model(name, options=options)) == 2


def test_unknown_names_fail_with_the_nearest_match():
    with pytest.raises(AssertionError, match="Did you mean 'dcgan'"):
        check_model("dcgann")
    with pytest.raises(AssertionError, match="isn't a subclass of"):
        check_model(nn.Linear)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (bad_models.Idle, r"No gradient reaches 1 of the 3 parameters of the network 'generator'.*generator\.spare"),
        (
            bad_models.Meddles,
            "phase 'generator' of Meddles declares that it updates generator, but also changes discriminator",
        ),
        (bad_models.ReplaysItsCourse, "declares that its steps may be recorded and replayed.*Name it in variant"),
        (bad_models.ReplaysItsSchedule, "a number that isn't in a tensor"),
        (bad_models.ReplaysWhatItReplaces, "replaces the tensor usual during training"),
        (bad_models.ReplaysNothing, "no two steps have the same variant"),
        (bad_models.SeedsTorch, "seeds torch's global random numbers"),
        (bad_models.DrawsFromNumpy, "uses numpy's global random numbers"),
        (bad_models.KeepsTheLiveOne, "uses the networks that train instead of their moving average"),
        (bad_models.TakesAnything, "accepts the option latent_dim='nonsense' without an error"),
        (bad_models.Undescribed, "option 'width' of Undescribed has no description"),
        (bad_models.ForgetsSuper, "must begin with super"),
        (bad_models.Crashes, r"for images of \(3, 17, 29\) raised ValueError: not a square.*artgan.UserError"),
        (bad_models.Refuses, "refuses all shapes.*Only for 7x7"),
        (bad_models.NotScalar, "should be a scalar"),
        (bad_models.Detached, "phase 'generator' has no gradient"),
        (bad_models.PassesNothingOn, "No gradient reaches the network 'generator'"),
        (bad_models.NotFinite, "'loss' isn't finite"),
        (bad_models.LosesFloats, "'value' is a float, not a tensor"),
        (bad_models.NoSuchNetwork, "updates critic, but the model has no such network"),
        (bad_models.TwiceTheSame, "two of the phases .* have the same name"),
        (bad_models.Forgotten, "No phase of Forgotten updates its network 'discriminator'"),
        (bad_models.HalfOptimised, "omits 1 of the 2 parameters"),
        (bad_models.Still, "network '.*' of Still doesn't change"),
        (bad_models.RandomElsewhere, "Two runs of RandomElsewhere with the same seed differ"),
        (bad_models.HiddenState, "Resumed training of HiddenState differs from uninterrupted training"),
        (bad_models.LeansOnOtherPhases, r"phase 'discriminator' \(step 1\) raised KeyError"),
        (bad_models.OutOfRange, "values from .* to .*; images must be in"),
        (bad_models.WrongShape, "returned shape"),
        (bad_models.Noisy, "different images for the same latents"),
        (bad_models.KeepsLatents, "when several threads call it"),
        (bad_models.LooksAround, "depends on the other images of its batch"),
        (bad_models.Collapsed, "same image for all latents"),
        (bad_models.DeafToLabels, "same images whatever the labels"),
        (bad_models.OneScore, r"score\(\) should be None or a tensor \(6,\)"),
        (bad_models.OneStyle, r"styles\(\) should be \(6, layers, style_dim\).* is \(6, 8\)"),
        (bad_models.IdleStyle, r"synthesise\(\): the style of layer 1 doesn't change any image"),
        (bad_models.OtherImages, r"synthesise\(\) makes different images from the styles of latents than"),
        (bad_models.StylesOfOthers, r"styles\(\): a style depends on the other styles of its batch"),
        (bad_models.BadAverage, "averaged names 'painter'"),
        (bad_models.BadDecay, "average_decay"),
    ],
)
def test_bad_models_are_told_why(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_model(kind)


def test_a_good_model_passes_and_leaves_the_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    checked = check_model(bad_models.Good, info=artgan.ImageInfo(4, 9, 11))
    assert checked == [artgan.ImageInfo(4, 9, 11)]
    assert torch.equal(torch.rand(3), expected)


def test_styles_are_checked_where_a_model_says_that_it_has_some():
    info = artgan.ImageInfo(1, 8, 8)
    checks = {kind: [one.name for one in ModelSuite(kind, info=info).checks()] for kind in (Styled, Good)}
    assert "styles" in checks[Styled]
    assert "styles" not in checks[Good]
    assert check_model(Styled, info=info) == [info]


def test_failures_say_why_it_matters_and_where_to_read_more():
    with pytest.raises(AssertionError) as failure:
        check_model(bad_models.Noisy)
    what, why, more = str(failure.value).splitlines()
    assert "different images for the same latents" in what
    assert why.startswith("  Why it matters: Image 7 of seed 42")
    assert more.startswith("  Read more: `python -m pydoc artgan.LatentModel.sample`")
