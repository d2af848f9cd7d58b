"""The first-party losses are what their papers say, and any of them can be chosen by name."""

import math

import pytest
import torch

import artgan
from artgan.plugins.loading import load_class, registry
from artgan.plugins.options import describe, resolve
from artgan.plugins.specs import LossSpec

REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def mean(function):
    return sum(function(float(r), float(f)) for r, f in zip(REAL, FAKE, strict=True)) / 2


# By the papers' formulas: what the generator minimises, and the discriminator, for a pair of logits.
FORMULAS = {
    "non-saturating": (
        lambda r, f: -math.log(sigmoid(f)),
        lambda r, f: -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
    ),
    "minimax": (
        lambda r, f: math.log(1 - sigmoid(f)),
        lambda r, f: -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
    ),
    "least-squares": (lambda r, f: (f - 1) ** 2, lambda r, f: (r - 1) ** 2 + f**2),
    "hinge": (lambda r, f: -f, lambda r, f: max(0, 1 - r) + max(0, 1 + f)),
    "wasserstein": (lambda r, f: -f, lambda r, f: f - r),
    "relativistic": (lambda r, f: -math.log(sigmoid(f - r)), lambda r, f: -math.log(sigmoid(r - f))),
}


def test_there_is_a_formula_for_each():
    known = registry()
    first_party = [name for name, spec in known.of(LossSpec).items() if known.provider(spec).distribution == "artgan"]
    assert sorted(first_party) == sorted(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_values_are_the_papers(name):
    kind = load_class(registry().find(LossSpec, name), artgan.AdversarialLoss)
    loss, (generator, discriminator) = kind(), FORMULAS[name]
    assert float(loss.generator(FAKE, REAL if kind.relativistic else None)) == pytest.approx(mean(generator))
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(mean(discriminator))
    assert "http" in kind.paper
    assert "equation" in kind.paper


@pytest.mark.parametrize("name", FORMULAS)
def test_every_loss_trains(name, tmp_path):
    run = artgan.train(
        model="mlp",
        data="glyphs",
        steps=12,
        batch_size=16,
        loss=name,
        gallery=False,
        options={"hidden": (16,)},
        data_options={"images": 200},
        runs_dir=tmp_path,
        sample_every=12,
    )
    assert run.record["model"]["options"]["loss"] == name
    shown = run.record["progress"]["losses"]
    assert {"generator", "discriminator"} <= shown.keys()
    critic = registry().find(LossSpec, name).load().critic
    assert critic or (0 <= shown["D(fake)"] < shown["D(real)"] <= 1)


def test_a_loss_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(artgan.UserError, match="Did you mean 'hinge'"):
        resolve(artgan.GANOptions, {"loss": "hinje"}, "model x")


def test_help_lists_the_losses():
    (option,) = [option for option in describe(artgan.GANOptions) if option.name == "loss"]
    assert set(FORMULAS) <= set(option.type.split("|"))


def test_two_answers_are_refused(tmp_path):
    with pytest.raises(artgan.UserError, match="exclude each other"):
        artgan.train(model="mlp", loss="hinge", options={"loss": "minimax"}, runs_dir=tmp_path)
