"""Plugins run unchanged that were written for API 1: a package of each kind, trained, sampled and checked."""

import importlib
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import artgan
from artgan.plugins.loading import registry
from artgan.plugins.specs import KINDS
from artgan.testing.package import opened, plugins_called

HERE = Path(__file__).with_name("api1")
MODELS = ("api1-direct", "api1-gan", "api1-labels", "api1-styles")


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory):
    """The package, installed: its source and what an installer writes of it are on the path."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    site = tmp_path_factory.mktemp("site")
    written = site / "artgan_api1-1.0.0.dist-info"
    written.mkdir()
    points = "".join(f"{name} = {target}\n" for name, target in project["entry-points"]["artgan"].items())
    (written / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (written / "entry_points.txt").write_text(f"[artgan]\n{points}")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        patch.syspath_prepend(HERE)
        patch.setenv("PYTHONPATH", str(HERE))  # one check imports the package in a process of its own
        importlib.invalidate_caches()
        registry.cache_clear()
        yield
    registry.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "artgan_api1"]:
        del sys.modules[name]


@pytest.fixture
def train(tmp_path):
    """Trains on the package's data set."""

    def run(model, **values):
        usual = {"steps": 12, "batch_size": 8, "track": ["api1-diary"], "gallery": False, "gallery_dir": tmp_path}
        return artgan.train(model=model, data="api1-rings", runs_dir=tmp_path / "runs", **{**usual, **values})

    return run


def test_it_brings_a_plugin_of_each_kind():
    (plugin,) = plugins_called(["artgan-api1"])
    assert (plugin.problems, plugin.warnings) == ([], [])
    assert {type(spec) for spec in plugin.specs} == set(KINDS)


@pytest.mark.parametrize("model", MODELS)
def test_it_trains_goes_on_and_samples(train, model):
    options = {} if model == "api1-direct" else {"loss": "api1-soft"}
    run = train(model, **options)
    assert run.status == "finished"
    assert artgan.resume(run, steps=15).record["progress"]["step"] == 15
    diary = (run.path / "diary.txt").read_text()
    assert f"from step 0 {model} 0" in diary
    assert "samples 12 3" in diary
    assert diary.endswith("finished\n")
    loaded = run.load()
    assert isinstance(loaded, artgan.Model)
    assert isinstance(loaded, artgan.LatentModel)
    images = run.sample(5, seed=3, labels=["few rings"] if loaded.conditional else None)
    assert (images.shape, str(images.dtype)) == ((5, 1, 8, 8), "torch.uint8")
    assert (images[:3] == run.sample(3, seed=3, labels=["few rings"] if loaded.conditional else None)).all()


def test_its_pictures_are_hung_mixed_and_measured(train, tmp_path, monkeypatch):
    run = train("api1-styles", evaluate_every=6, evaluate_metrics=["api1-contrast"], evaluate_images=20)
    assert run.record["best"]["metric"] == "api1-contrast"
    hung = run.gallery(n=3, curate=4, curator="api1-brightest", gallery_dir=tmp_path / "hung")
    assert len(list(hung.path.glob("images/*.png"))) == 3
    assert artgan.mix(run, tmp_path / "mix.png", rows=1, columns=2).path.exists()
    measured = artgan.evaluate(run, metrics=["api1-contrast"], n=20, features="random")
    assert [figure.name for figure in measured.figures] == ["api1-contrast"]
    scored = train("api1-direct").gallery(n=3, curate=2, curator="best", gallery_dir=tmp_path / "hung")
    assert len(list(scored.path.glob("images/*.png"))) == 3
    monkeypatch.setenv("ARTGAN_RUNS", str(run.path.parent))
    from artgan.cli import app

    said = CliRunner().invoke(app, ["api1-progress", "--least", "12"])
    assert said.exit_code == 0, said.output
    assert f"12  {run.name}  finished" in said.output


def test_a_model_that_leaves_something_out_is_refused_as_before():
    class Half(artgan.Model):
        def phases(self):
            return ()

    with pytest.raises(TypeError, match=r"abstract methods .*latent_shape.*optimizer.*sample"):
        Half(artgan.Options(), artgan.ImageInfo(1, 8, 8))


@pytest.mark.parametrize("kind", [kind.kind for kind in KINDS])
def test_the_conformance_kit_accepts_it(kind):
    (plugin,) = plugins_called(["artgan-api1"])
    for spec in plugin.specs:
        if spec.kind == kind and spec.name != "api1-labels":
            settings = {"info": artgan.ImageInfo(1, 8, 8)} if kind == "model" else {}
            with opened(spec, **settings) as suite:
                suite.run()
