"""Parts of a recipe: every sensible combination trains, every senseless one is refused with its reason."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from artgan.build import build_model
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.models.augment import OPERATIONS, Augment
from artgan.models.penalties import between, one_centred, zero_centred
from artgan.models.schedule import decay, instance_noise
from artgan.training import checkpoint
from artgan.training.trainer import Trainer
from tests.trainers import run, tiny_trainer

SIZE, STEPS, BATCH = 16, 20, 4
SMALL: dict[str, dict[str, Any]] = {
    "dcgan": {"width": 4, "latent_dim": 8},
    "cgan": {"width": 4, "latent_dim": 8, "embedding": 2},
    "mlp": {"hidden": "8", "latent_dim": 8},
}


def trainer(
    options: dict[str, Any], model: str = "dcgan", save: Callable[[Trainer], None] | None = None, save_at: int = STEPS
) -> Trainer:
    """A tiny model on a few random images."""
    info = ImageInfo(1, SIZE, SIZE, ("a", "b"))
    whole = {**SMALL[model], **options}
    return tiny_trainer(model, whole, info=info, images=12, batch=BATCH, steps=STEPS, save=save, save_at=save_at)


def moved(ready: Trainer, options: dict[str, Any], model: str = "dcgan") -> bool:
    fresh = trainer(options, model).model.state_dict()
    return all(
        any(not torch.equal(tensor, fresh[key]) for key, tensor in ready.model.state_dict().items() if network in key)
        for network in ("generator", "discriminator")
    )


PENALTIES: list[dict[str, Any]] = [
    {"r1": 0},
    {"r1": 1, "r1_interval": 1},
    {"r1": 1, "r2": 1, "r1_interval": 4},
    {"r1": 1, "r2": 1, "r1_interval": 1, "d_steps": 2},
    {"r1": 0, "gp": 10, "d_steps": 3},
    {"r1": 0, "spectral_norm": True},
    {"r1": 0, "batch_norm_d": True},
]
# What a critic can be bounded by.
BOUNDS = {"gp", "spectral_norm", "r2"}
TRICKS: list[dict[str, Any]] = [
    {},
    {"augment": "color,translation,cutout", "instance_noise": 0.1, "lr_decay": "cosine"},
    {"augment": "flip,affine", "augment_p": "adaptive", "lr_decay": "linear", "lr_decay_from": 0.5, "ema_rampup": 0},
]
LOSSES = ("non-saturating", "minimax", "hinge", "least-squares", "relativistic", "wasserstein")
COMBINATIONS = [
    *((loss, penalty) for loss, penalty in product(LOSSES, PENALTIES) if loss != "wasserstein" or BOUNDS & {*penalty}),
    ("wasserstein", {"r1": 0, "clip": 0.01, "d_steps": 5}),
    ("non-saturating", {"label_smoothing": 0.1}),
    ("minimax", {"r1": 0, "label_smoothing": 0.1, "batch_norm_d": True}),
]


@pytest.mark.parametrize(("loss", "penalty"), COMBINATIONS, ids=str)
def test_sensible_combinations_train(loss, penalty):
    for trick in TRICKS:
        if loss == "wasserstein" and trick.get("augment_p") == "adaptive":
            continue
        options = {"loss": loss, **penalty, **trick}
        ready = run(trainer(options))
        assert ready.step == STEPS
        assert moved(ready, options)
        assert all(np.isfinite(list(ready.losses.values())))
        assert all(bool(tensor.isfinite().all()) for tensor in ready.average.model.state_dict().values())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"gp": 10, "r1": 1}, "gp pulls the discriminator's slope to 1, but r1 pulls it to 0"),
        ({"gp": 10, "r1": 0, "r2": 1}, "r2 pulls it to 0"),
        ({"gp": 10, "r1": 0, "batch_norm_d": True}, "gp penalises the slope at each image separately"),
        ({"r1": 1, "batch_norm_d": True}, "mixes the images of a batch.*-o r1=0"),
        ({"r1": 0, "spectral_norm": True, "batch_norm_d": True}, "batch norm scales it up again"),
        ({"loss": "wasserstein", "r1": 0}, "nothing bounds it.*gp=10"),
        ({"loss": "wasserstein", "augment": "flip", "augment_p": "adaptive"}, "zero has no meaning"),
        ({"clip": 0.01}, "with the non-saturating loss it only makes .* too weak .*use --loss wasserstein"),
        ({"loss": "wasserstein", "clip": 0.01, "r1": 0, "gp": 10}, "clip and gp both bound"),
        ({"loss": "wasserstein", "clip": 0.01, "spectral_norm": True}, "clip and spectral_norm both bound"),
        ({"loss": "hinge", "label_smoothing": 0.1}, "the hinge loss has no probabilities.*use --loss non-saturating"),
        ({"loss": "relativistic", "label_smoothing": 0.1}, "the relativistic loss has no probabilities"),
        ({"augment_p": "adaptive"}, "needs something to adapt"),
        ({"augment": "flip", "augment_p": 1.5}, "augment_p=1.5 isn't a probability"),
        ({"augment": "blur"}, "augment"),
        ({"lr_decay": "sudden"}, "none|linear|cosine"),
    ],
)
def test_senseless_combinations_are_refused_with_the_reason(options, reason):
    with pytest.raises(UserError, match=reason):
        build_model("dcgan", {**SMALL["dcgan"], **options}, ImageInfo(1, SIZE, SIZE))


@pytest.mark.parametrize("model", ["mlp", "cgan"])
@pytest.mark.parametrize(
    "options",
    [
        {"gp": 10, "r1": 0, "augment": "color,translation", "instance_noise": 0.1},
        {"spectral_norm": True, "r2": 0.5, "r1_interval": 1},
    ],
    ids=str,
)
def test_parts_work_in_other_models_too(model, options):
    assert moved(run(trainer(options, model)), options, model)


@pytest.mark.parametrize(
    "options",
    [
        {"lr_decay": "cosine", "lr_decay_from": 0.25},
        {"augment": "color,translation,cutout,flip,affine", "augment_p": "adaptive", "ada_kimg": 0.1},
        {"instance_noise": 0.5, "r1_interval": 3, "r2": 1, "d_steps": 3},
        {"spectral_norm": True, "gp": 1, "r1": 0},
    ],
    ids=str,
)
def test_going_on_from_a_checkpoint_equals_not_stopping(options, tmp_path):
    path = tmp_path / "step-00000010.safetensors"

    def save(whole: Trainer) -> None:
        if whole.step == 10:
            checkpoint.save(path, whole)

    whole = run(trainer(options, save=save, save_at=10))
    resumed = trainer(options)
    checkpoint.load_for_training(path, resumed)
    assert resumed.step == 10
    run(resumed)
    for one, other in ((whole.model, resumed.model), (whole.average.model, resumed.average.model)):
        first, second = one.state_dict(), other.state_dict()
        assert not [name for name in first if not torch.equal(first[name], second[name])]
    rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in whole.optimizers]
    assert rates == [[group["lr"] for group in optimizer.param_groups] for optimizer in resumed.optimizers]


def test_decay_goes_from_one_to_zero():
    assert [decay("linear", share) for share in (0, 0.5, 1)] == [1, 0.5, 0]
    assert [decay("cosine", share) for share in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [decay("linear", share, begin=0.5) for share in (0, 0.5, 0.75, 1)] == [1, 1, 0.5, 0]
    assert decay("none", 1) == 1


def test_the_learning_rate_follows_the_budget():
    ready = run(trainer({"lr_decay": "linear", "lr_g": 0.01}))
    # Before the last of 20 steps, 19 twentieths of the budget are spent.
    assert ready.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.01 / STEPS)


def test_gradient_penalties_of_a_linear_discriminator():
    """The slope of x -> w x is w everywhere."""
    weight = torch.tensor([3.0, 4.0])
    images = torch.randn(5, 2, 1, 1, requires_grad=True)
    logits = images.flatten(1) @ weight
    assert zero_centred(logits, images).item() == pytest.approx(25)
    assert one_centred(images.flatten(1) @ weight, images).item() == pytest.approx(16)
    real, fake = torch.ones(64, 1, 2, 2), -torch.ones(64, 1, 2, 2)
    mixed = between(real, fake)
    assert mixed.flatten(1).std(dim=1).max() < 1e-6
    assert -1 < mixed.min() < -0.5
    assert 0.5 < mixed.max() < 1


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_augmentation_changes_images_as_often_as_its_probability_says(name, channels):
    torch.manual_seed(0)
    images = (torch.rand(200, channels, 12, 12) * 2 - 1).to(memory_format=torch.channels_last)
    for probability in (0.0, 0.5, 1.0):
        augmented = Augment([name], probability, 0.6, 100)(images)
        assert augmented.shape == images.shape
        assert augmented.is_contiguous(memory_format=torch.channels_last)
        changed = (augmented - images).abs().flatten(1).max(dim=1).values > 1e-4
        if name == "flip":
            probability /= 2
        if name in ("color", "affine"):  # of several parts, each with this probability
            assert probability - 0.1 <= changed.float().mean() <= min(1.0, 4 * probability)
        else:
            assert changed.float().mean() == pytest.approx(probability, abs=0.12)


def test_translation_moves_whole_pixels_and_gradients_come_back():
    torch.manual_seed(0)
    images = torch.rand(64, 1, 16, 16) + 1
    images.requires_grad_()
    moved = Augment(["translation"], 1.0, 0.6, 100)(images)
    known = set(images.detach().flatten().tolist()) | {0.0}
    assert set(moved.detach().flatten().tolist()) <= known
    moved.sum().backward()
    assert set(images.grad.flatten().tolist()) == {0.0, 1.0}


def test_adaptive_augmentation_rises_while_the_discriminator_is_sure_and_falls_when_it_is_not():
    augment = Augment(["flip"], None, 0.6, kimg=1)
    for step in range(40):
        augment.adjust(torch.ones(10), step, batch_size=10)
    assert augment.state[0].item() == pytest.approx(0.4)
    for step in range(40, 60):
        augment.adjust(torch.tensor([1.0, -1.0]), step, batch_size=10)
    assert augment.state[0].item() == pytest.approx(0.2)
    assert run(trainer({"augment": "flip", "augment_p": "adaptive"})).losses["augment_p"] >= 0


def test_instance_noise_decays():
    assert instance_noise(0.5, 0.0) == 0.5
    assert instance_noise(0.5, 0.8) == pytest.approx(0.1)
    ready = trainer({"instance_noise": 0.5})
    batch = ready.feed.batch(0)
    batch.fraction = 0.8
    ready.model.before_step(batch)
    assert (ready.model.show(batch.images, batch) - batch.images).std().item() == pytest.approx(0.1, rel=0.1)


def test_spectral_norm_bounds_the_discriminator():
    ready = run(trainer({"spectral_norm": True, "r1": 0}))
    discriminator = ready.model.discriminator.eval()
    for layer in discriminator.modules():
        if isinstance(layer, torch.nn.Linear):
            assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1, rel=0.2)


def test_the_averages_half_life_and_ramp_up_are_options():
    quick, slow = (run(trainer({"ema_kimg": kimg, "ema_rampup": 0})) for kimg in (0.001, 1000))
    fresh = trainer({}).model.generator.state_dict()
    name = next(iter(fresh))

    def way(ready: Trainer, network: torch.nn.Module) -> float:
        return float((network.state_dict()[name] - fresh[name]).norm())

    quick.average.interval = slow.average.interval = 1
    for ready in (quick, slow):
        ready.average.update(STEPS)
    assert way(quick, quick.average.model.generator) > 0.9 * way(quick, quick.model.generator)
    assert way(slow, slow.average.model.generator) < 0.1 * way(slow, slow.model.generator)


def test_clipping_keeps_the_critics_weights_small():
    ready = run(trainer({"loss": "wasserstein", "clip": 0.01, "r1": 0, "lr_d": 0.1}))
    assert max(float(p.detach().abs().max()) for p in ready.model.discriminator.parameters()) == pytest.approx(0.01)
    assert max(float(p.detach().abs().max()) for p in ready.model.generator.parameters()) > 0.01


def test_label_smoothing_is_cross_entropy_against_one_minus_it():
    model = trainer({"label_smoothing": 0.1, "r1": 0}).model.eval()
    batch = Batch(torch.randn(4, 1, SIZE, SIZE), None, 0, torch.Generator())
    batch.memo["fake"] = torch.randn(4, 1, SIZE, SIZE)
    list(model.phases())
    real, fake = (model.discriminate(images, None) for images in (batch.images, batch.memo["fake"]))
    expected = [
        torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
        for logits, target in ((real, 0.9), (fake, 0.0))
    ]
    assert model.discriminator_loss(batch)["loss"].item() == pytest.approx(sum(expected).item(), rel=1e-5)


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"wasserstein"}))
def test_what_is_shown_of_logits_is_between_generated_and_real(loss):
    made = trainer({"loss": loss}).model.loss
    sure = made.shown(torch.full((4,), 9.0), torch.full((4,), -9.0))
    assert sure["D(real)"].min() > 0.99
    assert sure["D(fake)"].max() < 0.01
