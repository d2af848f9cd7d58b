"""`artgan plugins new`: what it writes is complete, works, and passes artgan's own checks."""

import json
import os
import re
import subprocess
import sys
import tomllib

import pytest

from artgan._version import __version__
from artgan.errors import UserError
from artgan.plugins.scaffold import compatible, create
from artgan.plugins.scaffold.kinds import EXAMPLES
from artgan.plugins.scaffold.names import suggestion
from artgan.plugins.specs import KINDS
from tests.documents import ROOT


def installed(package, site):
    """Install a package by hand, in a folder for PYTHONPATH."""
    info = site / f"{package.names.module}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.names.distribution}\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[artgan]\n{package.names.name} = {package.names.module}\n")
    (site / package.names.module).symlink_to(package.path.absolute() / package.names.module)
    return package


def run(folder, site, *command):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """One of every kind, and the folder in which they are installed."""
    folder = tmp_path_factory.mktemp("packages")
    site = folder / "site"
    return {kind: installed(create(f"a-{kind}", kind, folder), site) for kind in EXAMPLES}, site


def test_there_is_an_example_of_every_kind():
    assert list(EXAMPLES) == [kind.kind for kind in KINDS]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_packages_are_complete(packages, kind):
    package = packages[0][kind]
    there = {path.relative_to(package.path).as_posix() for path in package.path.rglob("*") if path.is_file()}
    assert there >= set(package.files)
    assert {"README.md", "LICENSE", ".gitignore", ".github/workflows/ci.yml", "tests/test_conformance.py"} <= there
    project = tomllib.loads((package.path / "pyproject.toml").read_text())
    assert project["project"]["name"] == f"artgan-a-{kind}"
    assert project["project"]["entry-points"]["artgan"] == {f"a-{kind}": f"artgan_a_{kind}"}
    assert project["project"]["dependencies"] == [f"artgan{compatible(__version__)}"]
    # artgan is installed from this folder here, and uv would look for it on an index.
    assert project["tool"]["uv"]["sources"]["artgan"]["path"] == str(ROOT)
    for path in package.path.rglob("*.*"):
        if path.suffix in (".py", ".toml", ".md", ".yml"):
            assert "$" not in path.read_text().replace("${{ matrix.python }}", "")


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("0.2.0", ">=0.2,<0.3"), ("0.9.3.dev1", ">=0.9,<0.10"), ("1.0.0rc1", ">=1.0,<2"), ("2.14.1", ">=2.14,<3")],
)
def test_packages_require_the_versions_that_keep_what_is_public(version, wanted):
    assert compatible(version) == wanted


def test_the_guide_gives_the_same_advice():
    guide = (ROOT / "docs" / "plugins" / "packages.md").read_text(encoding="utf-8")
    assert f"`artgan{compatible(__version__)}`" in guide


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_is_written_is_tidy(packages, kind):
    folder = packages[0][kind].path
    rules = ("--select", "E,F,W,I,UP,B,SIM,RUF,PT", "--config", 'src = ["."]')
    for command in (("check", "--line-length", "120", *rules), ("format", "--check", "--line-length", "120")):
        done = run(folder, "", "ruff", *command, "--no-cache", "--isolated", ".")
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_what_is_written_is_typed(packages, tmp_path):
    found, _ = packages
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nstrict = true\nplugins = pydantic.mypy\n")
    for package in found.values():  # one by one: their tests have the same names
        done = subprocess.run(
            [sys.executable, "-m", "mypy", f"--config-file={settings}", "--cache-dir", str(tmp_path), "."],
            cwd=package.path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "no issues found in 4 source files" in done.stdout, done.stdout


def test_their_tests_pass(packages):
    """All at once: an author has one package, and starts one torch."""
    found, site = packages
    folder = next(iter(found.values())).path.parent
    tests = [str(path) for path in folder.glob("*/tests/test_a_*.py")]
    names = " ".join(package.names.distribution for package in found.values())
    conformance = str(found["loss"].path / "tests" / "test_conformance.py")
    options = ("-v", "-rs", "-p", "no:cacheprovider", "--rootdir", str(folder), "-o", f"artgan_package={names}")
    done = run(folder, site, "pytest", *options, *tests, conformance)
    assert done.returncode == 0, done.stdout
    for kind in EXAMPLES:
        assert re.search(rf"test_conformance\[{kind}-a-{kind}-listing\] PASSED", done.stdout)
        assert re.search(rf"test_a_{kind}.py::\w+ PASSED", done.stdout)
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert all("no CUDA GPU" in line for line in skipped)


def test_the_package_is_found_by_the_projects_name(packages):
    """As `uv run pytest` in its folder does."""
    found, site = packages
    done = run(found["dataset"].path, site, "pytest", "-v", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "test_conformance[dataset-a-dataset-deterministic] PASSED" in done.stdout
    assert "a-model" not in done.stdout


def test_the_program_says_what_to_do_next(program, tmp_path):
    shown = program("plugins", "new", "pond", "--directory", "here")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    for line in ("cd here/artgan-pond", "uv run pytest", "artgan plugins install -e .", "artgan train --model pond"):
        assert any(printed.strip().startswith(line) for printed in lines)
    assert (tmp_path / "here" / "artgan-pond" / "artgan_pond" / "model.py").is_file()

    made = json.loads(program("plugins", "new", "rain", "--kind", "dataset", "--json").stdout)
    assert (made["distribution"], made["module"], made["kind"]) == ("artgan-rain", "artgan_rain", "dataset")
    assert (tmp_path / made["path"] / "artgan_rain" / "dataset.py").is_file()


def test_nothing_is_overwritten(program, tmp_path):
    (tmp_path / "artgan-pond").mkdir()
    (tmp_path / "artgan-pond" / "mine.txt").write_text("mine")
    refused = program("plugins", "new", "pond")
    assert refused.returncode == 2
    assert "already exists" in refused.stderr
    assert [path.name for path in (tmp_path / "artgan-pond").iterdir()] == ["mine.txt"]
    with pytest.raises(UserError, match="already exists"):
        create("pond", "model", tmp_path)


def test_a_name_that_a_command_of_the_program_has_is_refused(program):
    refused = program("plugins", "new", "train", "--kind", "command")
    assert refused.returncode == 2
    assert "my-train" in refused.stderr
    assert program("plugins", "new", "train", "--kind", "model").returncode == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Pond", "How about pond?"),
        ("WGAN GP!", "How about wgan-gp?"),
        ("SoftHinge", "How about soft-hinge?"),
        ("1pond", "How about pond?"),
        ("../pond", "How about pond?"),
        ("", "isn't a valid name"),
        ("!!", "isn't a valid name"),
        ("-q", "How about q?"),
        ("x" * 50, "at most 40 characters"),
        ("dcgan", "artgan already has a model called 'dcgan'.*my-dcgan"),
        ("plugins", "Another module called artgan_plugins already exists"),
    ],
)
def test_names_that_cannot_be_are_refused_with_one_that_can(tmp_path, name, message):
    with pytest.raises(UserError, match=message):
        create(name, "model", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_suggestions_are_names():
    assert [suggestion(text) for text in ("Émile", "a--b", "artgan-Pond", "9")] == ["mile", "a-b", "pond", ""]


def test_unknown_kinds_are_refused_with_the_nearest(tmp_path):
    with pytest.raises(UserError, match="Did you mean 'dataset'"):
        create("pond", "datasets", tmp_path)


@pytest.mark.parametrize("name", ["none", "true", "import", "artgan-pond", "a_b"])
def test_odd_names_make_working_python(tmp_path, name):
    package = create(name, "command", tmp_path)
    for path in package.path.rglob("*.py"):
        compile(path.read_text(), path.name, "exec")
    assert package.path.name == f"artgan-{name.removeprefix('artgan-')}"
    for path in create(f"{name}-x", "model", tmp_path).path.rglob("*.py"):
        compile(path.read_text(), path.name, "exec")


def test_a_failure_half_way_leaves_nothing(tmp_path, monkeypatch):
    def fails(self, target):
        raise OSError("no space left")

    monkeypatch.setattr("pathlib.Path.rename", fails)
    with pytest.raises(UserError, match="can't be written"):
        create("pond", "model", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_in_other_projects_the_pytest_plugin_imports_nothing(tmp_path):
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        '    assert not {"torch", "numpy", "pydantic", "artgan.plugins.loading"} & sys.modules.keys()\n'
    )
    done = run(tmp_path, "", "pytest", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    (tmp_path / "test_whose.py").write_text("def test_conformance(artgan_check):\n    artgan_check()\n")
    done = run(tmp_path, "", "pytest", "-p", "no:cacheprovider", "-o", "artgan_package=artgan-nowhere")
    assert done.returncode == 2
    assert "no plugin of the package 'artgan-nowhere'" in done.stdout
