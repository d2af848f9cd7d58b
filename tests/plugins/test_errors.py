"""What a plugin raises while it is used is told in its name, and the run keeps what it has."""

import importlib
import sys

import pytest

import artgan
from artgan.plugins.errors import PluginFailed
from artgan.plugins.loading import registry
from artgan.training.events import CheckpointSaved, Failed

HOOKS = """
import artgan

@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("pond", "Fails as it is told", "stranger_parts:Pond")

@artgan.hookimpl
def artgan_losses():
    yield artgan.LossSpec("fragile", "Fails after some steps", "stranger_parts:Fragile")

@artgan.hookimpl
def artgan_datasets():
    yield artgan.DatasetSpec("ripples", "Fails as it is told", "stranger_parts:Ripples")
"""
PARTS = """
import math, os
import numpy as np
from torch import nn
import artgan

def fail(where):
    if os.environ.get("FAILS") == where:
        raise KeyError(f"no {where} today")
    if os.environ.get("EXITS") == where:
        raise SystemExit("enough")

class Pond(artgan.GAN):
    def __init__(self, options, data):
        super().__init__(options, data)
        fail("building")
        pixels = math.prod(data.shape)
        self.generator = nn.Sequential(nn.Linear(options.latent_dim, pixels), nn.Tanh(), nn.Unflatten(1, data.shape))
        wrong = os.environ.get("FAILS") == "shape"
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(pixels + wrong, 1))

    def phases(self):
        fail("phases")
        yield from super().phases()

    def sample(self, latents, labels, truncation=1.0):
        fail("sampling")
        return super().sample(latents, labels, truncation)

class Fragile(artgan.AdversarialLoss):
    steps = 0
    def generator(self, fake, real):
        return -fake.mean()
    def discriminator(self, real, fake):
        type(self).steps += 1
        if self.steps > 12:
            fail("loss")
        return (real - 1).square().mean() + fake.square().mean()

class Ripples(artgan.Dataset):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        fail("opening")
    @property
    def info(self):
        return artgan.ImageInfo(1, 8, 8)
    def __len__(self):
        return 64
    def fingerprint(self):
        return f"ripples {os.environ.get('FAILS')} {os.environ.get('EXITS')}"
    def read(self, start, stop):
        fail("reading")
        return np.random.default_rng(start).integers(0, 256, (stop - start, 8, 8, 1), dtype=np.uint8), None
"""


@pytest.fixture
def stranger(tmp_path, monkeypatch, train):
    """Trains with everything a stranger's package brings."""
    site = tmp_path / "site"
    (site / "stranger-2.5.dist-info").mkdir(parents=True)
    (site / "stranger-2.5.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 2.5\n")
    (site / "stranger-2.5.dist-info" / "entry_points.txt").write_text("[artgan]\npond = stranger_hooks\n")
    (site / "stranger_hooks.py").write_text(HOOKS)
    (site / "stranger_parts.py").write_text(PARTS)
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    registry.cache_clear()
    parts = {"model": "pond", "data": "ripples", "data_options": {}, "loss": "fragile", "batch_size": 16}
    yield lambda **values: train(**{**parts, **values})
    registry.cache_clear()
    for name in ("stranger_hooks", "stranger_parts"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("building", "The model 'pond' (plugin 'pond' of stranger 2.5) failed while it was built: KeyError"),
        ("phases", "The model 'pond' (plugin 'pond' of stranger 2.5) failed while its training was prepared: KeyError"),
        ("shape", "The model 'pond' (plugin 'pond' of stranger 2.5) failed after step 0: RuntimeError"),
        ("sampling", "The model 'pond' (plugin 'pond' of stranger 2.5) failed after step 0: KeyError"),
        ("opening", "The data set 'ripples' (plugin 'pond' of stranger 2.5) failed while it was opened: KeyError"),
        (
            "reading",
            "The data set 'ripples' (plugin 'pond' of stranger 2.5), images 0 to 1, can't be read: KeyError",
        ),
        ("loss", "The loss 'fragile' (plugin 'pond' of stranger 2.5) failed after step 12: KeyError: 'no loss today'"),
    ],
)
def test_the_plugin_is_named(stranger, monkeypatch, where, message):
    monkeypatch.setenv("FAILS", where)
    with pytest.raises(artgan.ArtganError) as raised:
        stranger()
    assert message in str(raised.value)
    assert raised.value.exit_code == 1
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize("where", ["building", "sampling", "reading", "loss"])
def test_a_plugin_that_exits_doesn_t_end_the_program(stranger, monkeypatch, where):
    monkeypatch.setenv("EXITS", where)
    with pytest.raises(PluginFailed, match="SystemExit: enough"):
        stranger()


def test_the_run_keeps_its_steps_and_goes_on(stranger, monkeypatch):
    monkeypatch.setenv("FAILS", "loss")
    told = []
    with pytest.raises(PluginFailed):
        stranger(name="torn", listeners=[told.append])
    run = artgan.find_run("torn", told[-1].run.path.parent)
    assert isinstance(told[-1], Failed)
    assert [event.step for event in told if isinstance(event, CheckpointSaved)] == [12]
    assert run.status == "failed"
    assert "The loss 'fragile' (plugin 'pond' of stranger 2.5)" in run.record["error"]
    monkeypatch.delenv("FAILS")
    assert artgan.resume(run).record["progress"]["step"] == 20


def test_a_gallery_s_failure_names_the_plugin_too(stranger, monkeypatch, tmp_path):
    run = stranger()
    monkeypatch.setenv("FAILS", "sampling")
    with pytest.raises(PluginFailed, match=r"model 'pond' .* failed while making images: KeyError"):
        run.gallery(n=4, gallery_dir=tmp_path)
    with pytest.raises(PluginFailed, match=r"model 'pond' .* failed while choosing images: KeyError"):
        run.gallery(n=4, curate=2, gallery_dir=tmp_path)
    assert not list(tmp_path.glob("*seed*"))


def test_what_is_the_machine_s_fault_is_not_the_plugin_s(stranger, monkeypatch):
    monkeypatch.setattr(artgan.GAN, "discriminator_loss", lambda self, batch: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(artgan.ArtganError, match="There is not enough memory: try a smaller --batch-size") as caught:
        stranger()
    assert not isinstance(caught.value, PluginFailed)
