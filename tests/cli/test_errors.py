"""Mistakes get one or two lines, the nearest match and exit code 2; never a traceback."""

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["modles"], "Unknown command 'modles'. Did you mean `artgan models`?"),
        (["models", "--jsno"], "Unknown option --jsno. Did you mean --json?"),
        (["models", "dcgna"], "No model is called 'dcgna'. Did you mean 'dcgan'?"),
        (["datasets", "mnits"], "No data set is called 'mnits'. Did you mean 'mnist'?"),
        (["datasets", "nope"], "No data set is called 'nope'. Available: "),
        (["plugins", "check", "rain"], "No plugin called 'rain' is installed: `artgan plugins` lists"),
        (["runs", "nothing"], "No run is called 'nothing'."),
        (["version"], "Unknown command 'version'. Did you mean `artgan --version`?"),
        (["help"], "Unknown command 'help'. Did you mean `artgan --help`?"),
        (["plugins", "help"], "Did you mean `artgan plugins --help`?"),
        (["train", "--model"], "'--model' requires an argument. See `artgan train --help`"),
        (["gallery", "--n", "many"], "--n must be a whole number, not many."),
        (["train", "--epochs", "few"], "--epochs must be a number, not few."),
        (["train", "--device", "gpu"], "--device must be auto, cpu, cuda or mps, not gpu."),
        (["train", "--time", "0s"], "--time must be a duration greater than 0, such as 90s, 10m or 2h, not 0s."),
        (["train", "--steps", "0"], "--steps must be at least 1, not 0."),
        (["models", "dcgan", "mlp"], "Unexpected extra argument 'mlp'. See `artgan models --help`"),
        (["gallery", "art"], "Unexpected extra argument 'art'. Did you mean --run art?"),
        (["explore", "art", "--out", "x.png"], "Did you mean --run art?"),
        (["train", "foo"], "Did you mean --data foo?"),
        (["train", "dcgan"], "Did you mean --model dcgan?"),
        (["train", "dcgan", "--model", "mlp"], "Unexpected extra argument 'dcgan'. See `artgan train --help`"),
        (["gallery", "--label", "1", "--labels", "each"], "exclude each other"),
        (["train", "-o", "width"], "--option must be key=value, not 'width'."),
    ],
)
def test_mistakes(artgan, arguments, expected):
    done = artgan(*arguments)
    assert done.returncode == 2
    assert expected in done.stderr
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) <= 2
    assert done.stdout == ""


def test_an_option_that_a_model_lacks_is_answered_with_its_own_first(artgan):
    done = artgan("train", "--model", "mlp", "-o", "fog=8")
    assert done.returncode == 2
    assert "Available: recipe, hidden, " in done.stderr
    assert done.stderr.endswith(", … `artgan models mlp` lists all.\n")


def test_a_group_of_commands_alone_is_its_help_alone(artgan):
    done = artgan("data")
    assert done.returncode == 0
    assert "inspect" in done.stdout
    assert done.stderr == ""


def test_a_package_that_is_not_installed_yet(artgan, tmp_path):
    assert artgan("plugins", "new", "rain", "--kind", "model").returncode == 0
    for name in ("rain", "artgan-rain"):
        done = artgan("plugins", "check", name)
        assert done.returncode == 2
        assert f"{name} isn't installed yet: `artgan plugins install --editable ./artgan-rain`." in done.stderr


def test_with_json_an_error_is_an_object_too(artgan):
    done = artgan("models", "dcgna", "--json")
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert "Did you mean 'dcgan'?" in found["error"]
    assert found["exit_code"] == 2
    assert "Did you mean 'dcgan'?" in done.stderr


def test_an_unexpected_error_is_one_line_and_says_how_to_see_more(artgan, install):
    path = install("artgan_sick", "import artgan.cli.output\nartgan.cli.output.print_table = None\n")
    done = artgan("models", PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Unexpected TypeError")
    assert "--debug" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in artgan("models", PYTHONPATH=path, ARTGAN_DEBUG="1").stderr


def test_a_closed_pipe_is_no_error(tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-m", "artgan", "models"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    program.stdout.close()
    program.wait(timeout=60)
    assert program.stderr.read() == ""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(28, "No space left on device", "/big/file"), "The disk is full (/big/file)."),
        (MemoryError(), "Out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "Out of memory"),
    ],
)
def test_full_disk_and_memory_are_explained(error, expected, capsys, monkeypatch):
    from artgan.cli import errors

    monkeypatch.setattr(sys, "argv", ["artgan", "train"])
    monkeypatch.delenv("ARTGAN_DEBUG", raising=False)

    def program(**_):
        raise error

    assert errors.run(program) == 1
    assert expected in capsys.readouterr().err


def test_an_interrupted_command_prints_its_object_too(capsys, monkeypatch):
    from artgan.cli import errors

    monkeypatch.setattr(sys, "argv", ["artgan", "gallery", "--json"])

    def program(**_):
        raise KeyboardInterrupt

    assert errors.run(program) == 130
    assert json.loads(capsys.readouterr().out) == {"error": "Interrupted.", "exit_code": 130}


def test_of_several_processes_that_fail_alike_one_prints_an_object(artgan):
    assert artgan("runs", "nothing", "--json", RANK="1").stdout == ""
    assert "nothing" in json.loads(artgan("runs", "nothing", "--json", RANK="0").stdout)["error"]


def test_what_a_plugin_prints_is_kept_out_of_the_object(artgan, install):
    source = (
        "import artgan\n"
        "@artgan.hookimpl\n"
        "def artgan_models():\n"
        "    yield artgan.ModelSpec('loud', 'A model that talks', 'loud_model:Loud')\n"
    )
    path = install("artgan_loud", source)
    with open(f"{path}/loud_model.py", "w") as file:
        file.write("import artgan\nprint('hello')\nclass Loud(artgan.GAN):\n    pass\n")
    done = artgan("models", "loud", "--json", PYTHONPATH=path)
    assert json.loads(done.stdout)["name"] == "loud"
    assert "hello" in done.stderr
