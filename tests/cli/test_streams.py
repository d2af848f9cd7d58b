"""What becomes of a command whose output nobody reads, or nothing can take: a full disk, a closed descriptor."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from artgan.plugins.loading import registry
from artgan.plugins.specs import ModelSpec

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither /dev/full nor the shell's >&-")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")

# Through typer's help, an eager option, a table, a table with paragraphs, and JSON. All are flushed in the same place.
PRINTING = [["--help"], ["--version"], ["models"], ["plugins"], ["runs", "--json"]]
every_printing_command = pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)


@pytest.fixture
def shell(tmp_path):
    """Run ``artgan`` with these arguments and the shell's redirections, and return what is left of its output."""

    def run(redirections: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-m", "artgan", *arguments],
            cwd=tmp_path,
            env=os.environ | {"ARTGAN_RUNS": "runs", "ARTGAN_GALLERY": "gallery", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_these_tests_see_what_users_see():
    """With either of these variables set the defects that this file looks for don't show."""
    assert not {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} & os.environ.keys()


@every_printing_command
def test_a_reader_that_leaves_is_not_told(tmp_path, arguments):
    """As with ``artgan models | head -1``."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "artgan", *arguments],
        cwd=tmp_path,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 1


@posix
def test_a_reader_that_has_seen_enough(tmp_path):
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$0" -m artgan models --json | head -1', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("{\n", "")
    assert done.returncode in (0, 1)  # a pipe holds all of it unless head was quicker


@full
@every_printing_command
def test_a_full_disk_is_one_line_and_an_exit_code(shell, arguments):
    done = shell(">/dev/full", *arguments)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: The output can't be written: {os.strerror(errno.ENOSPC)}. Send it somewhere else, or make room.\n"
    )


@posix
@every_printing_command
def test_without_stdout_a_command_succeeds(shell, arguments):
    done = shell(">&-", *arguments)
    assert (done.returncode, done.stderr) == (0, "")


@posix
def test_without_any_stream_a_training_ends_well_and_its_files_hold_what_they_should(shell, tmp_path):
    """Were the descriptors left free, files would get them, and what libraries print would land in those files."""
    done = shell(
        "<&- >&- 2>&-", "train", "--model", "mlp", "-o", "hidden=16", "--data-option", "images=640", "--steps", "3",
        "--no-gallery",
    )  # fmt: skip
    assert done.returncode == 0
    assert (tmp_path / "runs/mlp-glyphs-001/run.json").read_text().startswith("{")
    assert shell("", "runs").stdout.splitlines()[1].split()[:2] == ["mlp-glyphs-001", "finished"]


@pytest.mark.parametrize("redirection", ["2>&-", pytest.param("2>/dev/full", marks=full)])
@posix
def test_without_stderr_results_and_exit_codes_are_the_same(shell, redirection):
    done = shell(redirection, "models")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in registry().of(ModelSpec))
    assert shell(redirection, "frobnicate").returncode == 2
    done = shell(redirection, "runs")  # whose only line is a note on stderr
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@full
def test_an_error_keeps_its_exit_code_when_it_cannot_be_printed(shell):
    done = shell(">/dev/full 2>/dev/full", "models", "frobnicate", "--json")
    assert done.returncode == 2
    done = shell(">/dev/full", "models", "frobnicate", "--json")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


@posix
def test_a_training_outlives_the_reader_of_its_progress(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    arguments = ["--model", "mlp", "-o", "hidden=16", "--data-option", "images=640", "--steps", "3", "--no-gallery"]
    done = subprocess.run(
        [sys.executable, "-m", "artgan", "train", *arguments],
        cwd=tmp_path,
        env=os.environ | {"ARTGAN_RUNS": "runs"},
        stdout=subprocess.PIPE,
        stderr=writer,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 0
    assert "mlp-glyphs-001 is trained" in done.stdout
