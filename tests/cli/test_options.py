"""Options are declared once, in requests, and reach everything from there."""

import json
import re
import subprocess
import sys

import pytest
import typer

from artgan.cli import app
from artgan.cli.options import command_line, request_of
from artgan.errors import UserError
from artgan.requests.declare import declared
from artgan.requests.gallery import GalleryRequest
from artgan.requests.train import TrainRequest

DECLARATION = """
    patience: Annotated[
        int | None, Option(help="Cups of tea per run", default_help="plenty", panel=TRAINING, low=1, high=9)
    ] = None
"""
PROGRAM = f"""
import importlib.util, sys
import artgan.requests
spec = importlib.util.find_spec("artgan.requests.train")
source = open(spec.origin, encoding="utf-8").read()
place = source.index("    model: Annotated[")
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = artgan.requests.train = module
exec(compile(source[:place] + {DECLARATION!r} + source[place:], spec.origin, "exec"), module.__dict__)
from artgan.cli import main
main()
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Run a program in which one training option more is declared, in one place."""
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "cache"))

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    return run


def test_a_training_option_is_declared_in_one_place(program, tmp_path):
    shown = " ".join(program("train", "--help").stdout.replace("│", " ").split())
    assert "--patience" in shown
    assert "Cups of tea per run (default: plenty)." in shown
    assert "--patience" not in program("resume", "--help").stdout
    assert re.search(r"^patience = 4$", program("train", "--dry-run", "--patience", "4").stdout, re.MULTILINE)
    assert re.search(r"^# patience = $", program("train", "--dry-run").stdout, re.MULTILINE)

    (tmp_path / "my.toml").write_text('patience = 5\nmodel = "mlp"\nsteps = 1\ngallery = false\n')
    planned = json.loads(program("train", "--config", "my.toml", "--dry-run", "--json").stdout)
    assert planned["config"]["patience"] == 5
    over = program("train", "--config", "my.toml", "--patience", "10")
    assert over.returncode == 2
    assert "--patience must be between 1 and 9, not 10." in over.stderr

    small = ("--data-option", "images=64", "--batch-size", "8", "--runs-dir", "runs", "--quiet")
    assert program("train", "--config", "my.toml", *small).returncode == 0
    (record,) = (tmp_path / "runs").glob("*/run.json")
    assert json.loads(record.read_text())["config"]["patience"] == 5


def test_every_option_of_a_command_is_declared_with_help_and_a_known_completion():
    program = typer.main.get_command(app)
    for command in program.commands.values():
        for parameter in command.params:
            assert parameter.help, f"{command.name} {parameter.name}"
            assert parameter.help.endswith("."), f"{command.name} {parameter.name}: {parameter.help}"


def test_requests_are_made_of_what_is_typed_and_remember_it():
    nothing = {field.name: None for field in declared(GalleryRequest)}
    request = request_of(GalleryRequest, {**nothing, "n": 9, "labels": ["3", "7"], "sign": ""})
    assert (request.n, request.seed, request.labels) == (9, 0, ["3", "7"])
    assert command_line("gallery", request, seed=1, sign=None) == "artgan gallery --n 9 --seed 1 --label 3 --label 7"
    assert command_line("gallery", request).endswith("--sign")


def test_what_is_given_counts_even_if_it_is_the_default():
    assert TrainRequest(seed=0).given == {"seed"}
    assert TrainRequest(seed=0).settings() == {"seed": 0}
    assert TrainRequest(seed=0).with_listeners([print]).given == {"seed"}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"n": 0}, "--n must be at least 1, not 0."),
        ({"scale": 65}, "--scale must be between 1 and 64, not 65."),
        ({"truncation": 0.0}, "--truncation must be greater than 0 and at most 1, not 0.0."),
        ({"seed": 2**63}, "--seed must be between 0 and 2^63 - 1, not 9,223,372,036,854,775,808."),
    ],
)
def test_a_request_out_of_range_is_refused_when_it_is_made(values, told):
    with pytest.raises(UserError) as error:
        GalleryRequest(**values)
    assert str(error.value) == told
