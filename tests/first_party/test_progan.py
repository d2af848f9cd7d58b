"""progan: how it grows, and that nobody but the trainer's pictures can tell."""

import pytest
import torch

from artgan.build import build_model
from artgan.data.batch import Batch
from artgan.data.dataset import ImageInfo
from artgan.errors import UserError
from artgan.models.ema import EMA
from artgan.models.layers import SIZES
from tests.first_party.test_first_party_models import info, sample

SMALL = {"width": 4, "latent_dim": 8}


def at(model: torch.nn.Module, fraction: float) -> torch.nn.Module:
    model.growth.follow(fraction)
    return model


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_samples_have_the_full_size_however_far_it_has_grown(channels):
    for size in SIZES if channels == 3 else (32,):
        model = build_model("progan", SMALL, info(size, channels))
        for fraction in (0.0, 0.3, 1.0):
            images = sample(at(model, fraction))
            assert images.shape == (2, channels, size, size)
            assert images.abs().max() <= 1
            assert model.score(images, None).shape == (2,)
    with pytest.raises(UserError, match="--size 28"):
        build_model("progan", SMALL, info(30))


def test_sizes_follow_the_budget_and_never_go_back():
    growth = build_model("progan", SMALL, info(32)).growth
    levels = []
    for fraction in (0, 0.05, 0.125, 0.16, 0.17, 0.3, 0.42, 0.5, 0.9, 0.2):
        growth.follow(fraction)
        stage, blend = growth.stage()
        assert 0 < blend <= 1
        levels.append(stage - 1 + blend)
    assert levels == pytest.approx([0, 0, 0.5, 0.92, 1, 1.6, 2.04, 3, 3, 3], abs=1e-3)


def test_a_new_size_begins_as_the_old_one_enlarged():
    model = build_model("progan", SMALL, info(32, 3)).eval()
    latents = torch.randn(2, 8)
    before = at(model, 1 / 6).sample(latents, None)
    assert model.growth.stage() == (1, 1)
    after = at(model, 0.5 / 6 * 3 + 1e-4).sample(latents, None)
    assert model.growth.stage()[0] == 2
    assert torch.allclose(before, after, atol=0.01)
    assert not torch.allclose(before, at(model, 1 / 3).sample(latents, None), atol=0.01)


def test_the_discriminator_sees_real_and_generated_images_of_one_size():
    model = build_model("progan", SMALL, info(32, 3)).train()
    phases, seen = list(model.phases()), []
    model.discriminator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape[2]))
    for step, (fraction, edge) in enumerate([(0.0, 4), (0.15, 8), (0.3, 16), (0.8, 32)]):
        batch = Batch(torch.randn(4, 3, 32, 32), None, step, torch.Generator().manual_seed(step), fraction=fraction)
        model.before_step(batch)
        for phase in phases:
            found = phase.loss(batch)
        assert set(seen) == {edge}
        assert found["loss"].isfinite()
        seen.clear()


def test_the_moving_average_grows_along_and_a_loaded_model_has_its_size():
    model = at(build_model("progan", SMALL, info(32, 3)), 0.0)
    average = EMA(model, 4)
    average.model.eval().sample(torch.randn(1, 8), None)
    at(model, 0.3)
    assert average.model.growth.stage() == model.growth.stage()
    other = build_model("progan", SMALL, info(32, 3))
    assert other.growth.stage() == (0, 1)
    other.load_state_dict(model.state_dict())
    assert other.growth.stage() == model.growth.stage()


def test_a_score_is_the_images_own_and_in_training_the_batch_counts():
    model = at(build_model("progan", SMALL, info(32, 3)), 1.0)
    images = torch.randn(4, 3, 32, 32)
    model.train()
    alike = images[:1].expand(4, -1, -1, -1)
    assert not torch.allclose(model.discriminate(images, None)[0], model.discriminate(alike, None)[0], rtol=1e-3)
    model.eval()
    assert torch.allclose(model.score(images, None)[0], model.score(alike, None)[0], rtol=1e-4)


def test_spectral_norm_is_refused():
    with pytest.raises(UserError, match="spectral_norm would undo"):
        build_model("progan", {"spectral_norm": True}, ImageInfo(3, 32, 32))
