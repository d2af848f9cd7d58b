"""The core contract knows nothing of latents: a model without them trains, and what needs latents says so."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import artgan
from artgan.config import make_config
from artgan.data.dataset import ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared
from artgan.models.latent_model import require_latents
from artgan.models.model import Model
from artgan.sampling.load import load_for_sampling
from artgan.sampling.sampler import Sampler
from artgan.training import checkpoint
from artgan.training.budget import Budget
from artgan.training.engine import Engine
from artgan.training.trainer import Trainer
from tests import trainers

INFO = ImageInfo(1, 8, 8)


class Denoiser(Model):
    """Makes images of noisy ones."""

    averaged = ("network",)

    def __init__(self, options, data):
        super().__init__(options, data)
        self.network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 3, padding=1))

    def phases(self):
        yield artgan.Phase("network", ("network",), self.loss)

    def optimizer(self, network, parameters):
        return torch.optim.SGD(parameters, lr=0.1)

    def loss(self, batch):
        return {"loss": (self.network(batch.images + batch.latents(1, 8, 8)) - batch.images).square().mean()}


@pytest.fixture
def trainer():
    torch.manual_seed(0)
    engine = Engine(make_config({"device": "cpu", "precision": "32-true"}))
    model = Denoiser.build(artgan.Options(), INFO)
    pixels = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 1), dtype=np.uint8)
    feed = Feed(Prepared(pixels, None, INFO, "", Path()), 8, 0, engine.device)
    return Trainer(engine, model, feed, Budget(6, None))


def test_the_core_names_nothing_of_latents():
    assert not {"latent_shape", "sample", "score"} & set(dir(Model))
    assert issubclass(artgan.LatentModel, Model)
    assert artgan.Model is artgan.LatentModel  # as plugins of API 1 call it


def test_a_model_without_latents_trains_averages_and_is_kept(trainer, tmp_path):
    before = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    trainers.run(trainer)
    trainer.average.refresh_statistics(0, 64)
    assert trainer.step == 6
    assert any(not torch.equal(tensor, before[name]) for name, tensor in trainer.model.state_dict().items())
    path = tmp_path / "step-00000006.safetensors"
    checkpoint.save(path, trainer)
    loaded = Denoiser.build(artgan.Options(), INFO)
    load_for_sampling(path, loaded)
    for mine, average in zip(loaded.network.parameters(), trainer.average.model.network.parameters(), strict=True):
        assert torch.equal(mine, average)


def test_what_needs_latents_refuses_a_model_without_in_one_sentence():
    model = Denoiser.build(artgan.Options(), INFO)
    for refuses in (require_latents, Sampler):
        with pytest.raises(artgan.UserError, match=r"^Denoiser doesn't make images from latents, .*LatentModel\)\.$"):
            refuses(model)


def test_batch_norm_of_averages_is_measured_on_the_images_they_make(train_small):
    average = train_small.average
    average.refresh_statistics(0, 256)
    (norm,) = (part for part in average.model.generator.modules() if isinstance(part, nn.BatchNorm1d))
    first = norm.running_mean.clone()
    assert norm.num_batches_tracked == 2
    assert not torch.equal(first, torch.zeros_like(first))
    average.refresh_statistics(0, 256)
    assert torch.equal(norm.running_mean, first)
    average.refresh_statistics(1, 256)
    assert not torch.equal(norm.running_mean, first)
    assert not norm.training


@pytest.fixture
def train_small():
    options = {"hidden": "8", "latent_dim": 4, "batch_norm": True}
    return trainers.run(trainers.tiny_trainer("mlp", options, info=INFO, images=32, batch=8, steps=2, save_at=100))
