"""A run remembers its plugins, notices when they are others, and says what to install when they are gone."""

import importlib
import json
import linecache
import shutil
import sys
import warnings

import pytest

import artgan
from artgan.plugins.loading import PluginWarning, registry
from artgan.training.events import Notice

MODEL = """
import math
from torch import nn
import artgan

@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("tiny", "Two layers", Tiny)

class Tiny(artgan.GAN):
    def __init__(self, options, data):
        super().__init__(options, data)
        pixels = math.prod(data.shape)
        self.generator = nn.Sequential(nn.Linear(options.latent_dim, pixels), nn.Tanh(), nn.Unflatten(1, data.shape))
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(pixels, 1))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Installs, or replaces, a package with a model; returns its folder."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)

    def install(name="artgan-pond", version="1.0", source=MODEL, gone=False):
        module = name.replace("-", "_")
        site = tmp_path / f"site-{module}"
        shutil.rmtree(site, ignore_errors=True)
        if not gone:
            info = site / f"{module}-{version}.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            (info / "entry_points.txt").write_text(f"[artgan]\npond = {module}\n")
            (site / f"{module}.py").write_text(source)
            monkeypatch.syspath_prepend(site)
        sys.modules.pop(module, None)
        importlib.invalidate_caches()
        linecache.clearcache()
        registry.cache_clear()

    yield install
    registry.cache_clear()
    for module in ("artgan_pond", "another_pond"):
        if module not in known:
            sys.modules.pop(module, None)


@pytest.fixture
def run(package, tmp_path):
    package()
    return artgan.train(
        model="tiny",
        data="glyphs",
        data_options={"images": 64},
        steps=4,
        batch_size=16,
        runs_dir=tmp_path / "runs",
        gallery=False,
        name="first",
        sample_every=4,
    )


def resume(run):
    told = []
    artgan.resume(run, steps=run.record["progress"]["step"] + 2, listeners=[told.append])
    return [event.text for event in told if isinstance(event, Notice) and "was trained" in event.text]


def test_what_a_run_records(run):
    parts = run.record["plugins"]
    assert parts["model"].items() >= {
        ("kind", "model"),
        ("name", "tiny"),
        ("distribution", "artgan-pond"),
        ("version", "1.0"),
        ("entry_point", "pond"),
    }
    assert parts["data"]["distribution"] == parts["loss"]["distribution"] == "artgan"
    assert parts["loss"]["name"] == "non-saturating"
    assert all(len(part["source"]) == 16 for part in parts.values())


def test_nothing_is_said_when_nothing_has_changed(run):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.sample(n=2)
    assert resume(run) == []


def test_another_version(run, package):
    package(version="1.1")
    with pytest.warns(PluginWarning, match="model 'tiny' of artgan-pond 1.0 is now of version 1.1: results may differ"):
        run.sample(n=2)
    (notice,) = resume(run)
    assert "is now of version 1.1" in notice
    assert resume(artgan.find_run(run.path)) == []  # the latest session counts
    assert artgan.find_run(run.path).record["plugins"]["model"]["version"] == "1.0"


def test_another_source(run, package):
    package(source=MODEL.replace("nn.Tanh()", "nn.Hardtanh()"))
    with pytest.warns(PluginWarning, match="the source of the model 'tiny' of artgan-pond 1.0 has changed"):
        run.sample(n=2)
    (notice,) = resume(run)
    assert "the source of the model 'tiny' of artgan-pond 1.0 has changed" in notice


def test_a_rival_of_the_same_name_is_not_mistaken_for_it(run, package):
    package("another-pond", source=MODEL.replace("nn.Tanh()", "nn.Hardtanh()"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.sample(n=2)
    assert resume(run) == []
    assert artgan.find_run(run.path).record["config"]["model"] == "artgan-pond:tiny"
    package(gone=True)
    with pytest.warns(PluginWarning, match="model 'tiny' of artgan-pond 1.0 is now of another-pond 1.0"):
        artgan.find_run(run.path).sample(n=2)


def test_gone(run, package, capsys):
    package(gone=True)
    needs = r"first needs the model 'tiny' of artgan-pond 1.0: .* Install it: artgan plugins install artgan-pond==1.0"
    with pytest.raises(artgan.UserError, match=needs):
        run.sample(n=2)
    with pytest.raises(artgan.UserError, match=needs):
        artgan.resume(run, steps=10)
    assert [one.name for one in artgan.list_runs(run.path.parent)] == ["first"]


def test_a_run_whose_plugin_is_gone_can_be_listed_and_shown(run, package, program):
    package(gone=True)
    folder = str(run.path.parent)
    assert "first" in program("runs", "--runs-dir", folder).stdout
    shown = program("runs", str(run.path)).stdout
    assert "missing" in shown
    assert "model 'tiny' of artgan-pond 1.0. Install it: artgan plugins install artgan-pond==1.0" in shown


def test_switched_off_is_not_gone(run, package, monkeypatch):
    monkeypatch.setenv("ARTGAN_DISABLE", "artgan-pond")
    registry.cache_clear()
    with pytest.raises(artgan.UserError, match="is disabled by ARTGAN_DISABLE"):
        run.sample(n=2)


def test_an_exhibit_records_its_curator(run, tmp_path):
    exhibit = run.gallery(n=2, curator="varied", gallery_dir=tmp_path / "gallery")
    record = json.loads((exhibit.path / "exhibit.json").read_text())
    assert record["curator"]["name"] == "varied"
    assert record["curator"]["distribution"] == "artgan"
    assert record["request"]["curate"] == 4
