"""`artgan plugins install` and `uninstall`: which command is run, where, and what is refused."""

import importlib.metadata
import json
import re
import sys

import pytest

from artgan import __version__
from artgan.errors import ArtganError, UserError
from artgan.plugins import install
from artgan.plugins.plugin_registry import Plugin, Registry

PINNED = f"artgan=={__version__}"


@pytest.fixture
def with_uv(monkeypatch):
    monkeypatch.setenv("UV", "/bin/uv")


@pytest.fixture
def with_pip(monkeypatch):
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setattr(install, "which", lambda name: None)
    monkeypatch.setattr(install, "find_spec", lambda name: object() if name == "pip" else None)


@pytest.fixture
def prefix(tmp_path, monkeypatch):
    """An environment of which nothing is known."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    (tmp_path / "venv").mkdir()
    return tmp_path / "venv"


def test_uv_installs_into_the_environment_that_artgan_runs_in(with_uv, prefix):
    plan = install.plan_install("artgan-pond==1.2")
    uv = ["/bin/uv", "pip", "install", "--python", sys.executable, "--no-sources"]
    assert plan.command == [*uv, "artgan-pond==1.2", PINNED]
    assert (plan.distribution, plan.notes) == ("artgan-pond", [])


def test_pip_does_where_there_is_no_uv(with_pip, prefix):
    pip = [sys.executable, "-m", "pip"]
    quiet = ["--disable-pip-version-check", "--no-input"]
    assert install.plan_install("artgan-pond").command == [*pip, "install", *quiet, "artgan-pond", PINNED]
    registry = Registry([Plugin("pond", "artgan_pond", "artgan-pond", "1.0")])
    assert install.plan_uninstall("pond", registry).command == [*pip, "uninstall", *quiet, "--yes", "artgan-pond"]


def test_with_neither_the_way_out_is_named(with_pip, prefix, monkeypatch):
    monkeypatch.setattr(install, "find_spec", lambda name: None)
    with pytest.raises(ArtganError, match=r"neither uv nor pip.*ensurepip"):
        install.plan_install("artgan-pond")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a package's source, a wheel and an archive in it, and the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "artgan-pond").mkdir()
    (tmp_path / "artgan-pond" / "pyproject.toml").write_text('[project]\nname = "artgan-pond"\n')
    (tmp_path / "empty").mkdir()
    (tmp_path / "artgan_pond-1.0-py3-none-any.whl").touch()
    (tmp_path / "artgan_pond-1.0.tar.gz").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("what", "distribution"),
    [
        ("./artgan-pond", "artgan-pond"),
        ("artgan_pond-1.0-py3-none-any.whl", "artgan_pond"),
        ("./artgan_pond-1.0.tar.gz", "artgan_pond"),
        ("git+https://example.org/pond.git", ""),
        ("https://example.org/artgan_pond-1.0-py3-none-any.whl", "artgan_pond"),
        ("artgan-pond[fast]>=1,<2", "artgan-pond"),
        ("artgan-pond @ https://example.org/pond.zip", "artgan-pond"),
    ],
)
def test_packages_paths_and_addresses(folder, with_uv, prefix, what, distribution):
    plan = install.plan_install(what)
    assert plan.distribution == distribution
    source = plan.command[-2]
    assert source == what or source == str(folder / what)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("./nowhere", "doesn't exist"),
        ("nowhere.whl", "doesn't exist"),
        ("./empty", "no pyproject.toml"),
        ("artgan-pond", r"is a folder here.*use \./artgan-pond"),
        ("--index-url=http://example.org", r"should be a package .*, a path or a URL"),
        ("two words", r"should be a package .*, a path or a URL"),
        ("", r"should be a package .*, a path or a URL"),
        ("artgan", "That is artgan itself"),
        ("Artgan==9.0", "That is artgan itself"),
    ],
)
def test_what_cannot_be_installed_is_refused(folder, with_uv, prefix, what, message):
    with pytest.raises(UserError, match=message):
        install.plan_install(what)


def test_only_a_folder_is_editable(folder, with_uv, prefix):
    command = install.plan_install("./artgan-pond", editable=True).command
    assert command[-3:] == ["--editable", str(folder / "artgan-pond"), PINNED]
    with pytest.raises(UserError, match="--editable needs a folder"):
        install.plan_install("artgan-rain", editable=True)


@pytest.mark.parametrize(
    ("marker", "note"),
    [
        ("uv-receipt.toml", "uv tool install artgan --with artgan-pond"),
        ("pipx_metadata.json", "pipx inject venv artgan-pond"),
        ("../uv.lock", "uv add --project .* --dev artgan-pond"),
    ],
)
def test_environments_that_forget_are_told_of(with_uv, prefix, marker, note):
    (prefix / marker).touch()
    (told,) = install.plan_install("artgan-pond").notes
    assert "will remove the package again" in told
    assert re.search(note, told)


def test_environments_that_do_not_last_are_refused(with_uv, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "cache" / "archive-v0" / "xyz"))
    with pytest.raises(UserError, match="uvx --with PACKAGE artgan"):
        install.plan_install("artgan-pond")


def test_the_operating_systems_python_is_left_alone(with_uv, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(install.sysconfig, "get_path", lambda name: str(tmp_path))
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    with pytest.raises(UserError, match="belongs to the operating system"):
        install.plan_install("artgan-pond")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("artgan", "That is artgan itself"),
        ("mine", "mine comes with artgan"),
        ("pont", "Did you mean 'pond'"),
        ("twin", "use artgan-one or artgan-two"),
        ("torch", "No plugin is called 'torch'"),
    ],
)
def test_what_cannot_be_taken_out_is_refused(with_uv, prefix, name, message):
    plugins = [("mine", "artgan"), ("pond", "artgan-pond"), ("twin", "artgan-one"), ("twin", "artgan-two")]
    registry = Registry([Plugin(name, "module", distribution, "1.0") for name, distribution in plugins])
    with pytest.raises(UserError, match=message):
        install.plan_uninstall(name, registry)
    assert install.plan_uninstall("artgan_pond", registry).command[-1] == "artgan-pond"


def test_a_dry_run_prints_the_command_and_nothing_happens(program, tmp_path):
    shown = program("plugins", "install", "artgan-no-such-thing", "--dry-run", UV="/nowhere/uv")
    assert shown.returncode == 0, shown.stderr
    assert (
        shown.stdout
        == f"/nowhere/uv pip install --python {sys.executable} --no-sources artgan-no-such-thing {PINNED}\n"
    )
    planned = json.loads(program("plugins", "install", "x", "--dry-run", "--json", UV="/nowhere/uv").stdout)
    assert planned["command"][-2:] == ["x", PINNED]


def test_what_the_installer_says_is_shown_and_its_failure_is_a_failure(program, tmp_path):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho no such package\nexit 3\n")
    uv.chmod(0o755)
    failed = program("plugins", "install", "artgan-pond", "--json", UV=str(uv))
    assert failed.returncode == 1
    assert "no such package" in failed.stderr
    assert "nothing was changed" in json.loads(failed.stdout)["error"]
    missing = program("plugins", "install", "artgan-pond", UV=str(tmp_path / "none"))
    assert missing.returncode == 1
    assert "can't be run" in missing.stderr


def test_uninstalling_asks_first(program, tmp_path):
    info = tmp_path / "site" / "artgan_pond-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: artgan-pond\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[artgan]\npond = artgan_pond\n")
    site = str(tmp_path / "site")
    refused = program("plugins", "uninstall", "pond", PYTHONPATH=site)
    assert refused.returncode == 2
    assert "would remove artgan-pond: confirm with --yes" in refused.stderr
    # It isn't in the environment, so the installer finds nothing to take out.
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    still = program("plugins", "uninstall", "pond", "--yes", PYTHONPATH=site, UV=str(uv))
    assert still.returncode == 1
    assert "is still found" in still.stderr


def test_without_a_record_of_where_it_came_from_no_source_is_named(monkeypatch):
    from artgan.plugins.scaffold import source

    class Distribution:
        def __init__(self, text):
            self.text = text

        def read_text(self, name):
            return self.text

    cases = {
        None: "",
        "broken": "",
        '{"url": "file:///no/such/place", "dir_info": {}}': "",
        '{"url": "https://x.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}': 'git = "https://x.org/a.git"',
        '{"url": "https://x.org/artgan.whl", "archive_info": {}}': 'url = "https://x.org/artgan.whl"',
        json.dumps({"url": "file:///", "dir_info": {"editable": True}}): 'path = "/", editable = true',
    }
    for text, expected in cases.items():
        monkeypatch.setattr(importlib.metadata, "distribution", lambda name, text=text: Distribution(text))
        found = source.uv_sources()
        assert expected in found if expected else found == ""
