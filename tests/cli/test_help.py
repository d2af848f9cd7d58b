"""Help pages, the version, and what starting the program imports."""

import subprocess
import sys

import pytest

import artgan as package

COMMANDS = ("train", "gallery", "resume", "runs", "models", "datasets", "plugins")
TRAIN = """
    --model --data --epochs --steps --time --batch-size --seed --device --precision --devices --nodes --size -o
    --option --data-option --config --name --runs-dir --data-dir --sample-every --checkpoint-every
    --keep-checkpoints --dry-run --no-gallery --gallery-dir --compile --cuda-graphs
"""
GALLERY = """
    --run --checkpoint --seed --n --label --labels --truncation --columns --gallery-dir --name --title --scale
    --curate --overwrite --runs-dir --device
"""
HEAVY = ("torch", "pydantic", "numpy", "torchvision", "lightning_fabric")


def test_alone_it_shows_its_help(artgan):
    done = artgan()
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


def test_version(artgan):
    assert artgan("--version").stdout == f"artgan {package.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(artgan, command):
    done = artgan(command, "--help")
    assert done.returncode == 0
    assert "Examples" in done.stdout
    assert f"artgan {command}" in done.stdout
    assert "--json" in done.stdout
    assert "--quiet" in done.stdout


def test_train_has_every_option(artgan):
    shown = artgan("train", "--help").stdout
    for option in TRAIN.split():
        assert option in shown


def test_gallery_has_every_option(artgan):
    shown = artgan("gallery", "--help").stdout
    for option in GALLERY.split():
        assert option in shown


@pytest.mark.parametrize(
    "arguments", [["--help"], ["models"], ["datasets", "--json"], ["plugins"], ["runs"], ["train", "--help"]]
)
def test_starting_imports_nothing_heavy(tmp_path, arguments):
    code = (
        "import sys\n"
        f"sys.argv = ['artgan', *{arguments!r}]\n"
        "from artgan.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "HEAVY []"
