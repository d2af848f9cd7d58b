"""A package from its first line to its last: written, built, installed, used, checked and uninstalled.

Without network: artgan and the package come from wheels, libraries are borrowed.
"""

import json
import os
import shutil

import pytest

from artgan._version import __version__
from tests.documents import ROOT
from tests.environments import Environment, build


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """artgan from a wheel, in an environment into which uv installs without dependencies and without network."""
    if not (os.environ.get("UV") or shutil.which("uv")):
        pytest.skip("uv isn't here, and pip in the environment can't be told by a file to leave dependencies out")
    folder = tmp_path_factory.mktemp("life")
    found = Environment(folder / "venv")
    found.install(build(ROOT, folder / "artgan-wheel"))
    (found.work / "uv.toml").write_text("offline = true\n[pip]\nno-deps = true\n")
    return found


def test_a_package_lives(environment, monkeypatch):
    monkeypatch.setenv("UV_CONFIG_FILE", str(environment.work / "uv.toml"))
    made = json.loads(environment.output("artgan", "plugins", "new", "rain", "--kind", "dataset", "--json"))
    package = environment.work / made["path"]
    # artgan is a wheel here, and its file is still there: that is what the package's own tests get.
    assert f"artgan-{__version__}-py3-none-any.whl" in (package / "pyproject.toml").read_text()

    wheel = build(package, environment.folder.parent / "rain-wheel")
    installed = environment.run("artgan", "plugins", "install", str(wheel), "--json")
    assert installed.returncode == 0, installed.stderr
    (plugin,) = json.loads(installed.stdout)["plugins"]
    assert plugin["distribution"] == "artgan-rain"
    assert [(spec["kind"], spec["name"]) for spec in plugin["brings"]] == [("dataset", "rain")]

    trained = json.loads(
        environment.output(
            *("artgan", "train", "--model", "mlp", "--data", "rain", "--data-option", "images=40", "--steps", "2"),
            *("-o", "hidden=16,16", "--batch-size", "8", "--no-gallery", "--json"),
        )
    )
    assert (trained["data"], trained["steps"]) == ("rain", 2)

    checked = environment.run("artgan", "plugins", "check", "rain", "--json")
    assert checked.returncode == 0, checked.stdout
    results = json.loads(checked.stdout)
    assert (results["failed"], results["skipped"]) == (0, 0)
    assert {"deterministic", "offline", "listing"} <= {check["check"] for check in results["checks"]}

    environment.output("artgan", "plugins", "uninstall", "rain", "--yes")
    assert "rain" not in environment.output("artgan", "datasets")
    (run,) = json.loads(environment.output("artgan", "runs", "--json"))["runs"]
    assert run["data"] == "rain"


def test_a_broken_package_is_reported_and_can_be_taken_out(environment, monkeypatch):
    monkeypatch.setenv("UV_CONFIG_FILE", str(environment.work / "uv.toml"))
    made = json.loads(environment.output("artgan", "plugins", "new", "hail", "--kind", "loss", "--json"))
    package = environment.work / made["path"]
    (package / "artgan_hail" / "__init__.py").write_text("import no_such_library\n")
    wheel = build(package, environment.folder.parent / "hail-wheel")
    installed = environment.run("artgan", "plugins", "install", str(wheel), "--json")
    assert installed.returncode == 1, installed.stderr
    (plugin,) = json.loads(installed.stdout)["plugins"]
    assert "no_such_library" in plugin["problems"][0]

    checked = environment.run("artgan", "plugins", "check", "hail")
    assert checked.returncode == 1
    assert "FAILED" in checked.stdout
    assert "no_such_library" in checked.stdout

    environment.output("artgan", "plugins", "uninstall", "artgan-hail", "--yes")
    assert "hail" not in environment.output("artgan", "plugins")


def test_a_package_without_a_plugin_is_told_so(environment, monkeypatch, tmp_path):
    monkeypatch.setenv("UV_CONFIG_FILE", str(environment.work / "uv.toml"))
    (tmp_path / "plain.py").write_text("")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "plain"\nversion = "1.0"\n'
    )
    wheel = build(tmp_path, environment.folder.parent / "plain-wheel")
    installed = environment.run("artgan", "plugins", "install", str(wheel))
    assert installed.returncode == 1
    assert "plain is installed but provides no plugin" in installed.stderr
