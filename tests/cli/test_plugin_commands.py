"""Commands that plugins bring."""

import os
import subprocess
import sys

import pytest

PLUGIN = """
import artgan

@artgan.hookimpl
def artgan_commands():
    yield artgan.CommandSpec("frames", "Count the frames of a film", "film_commands:frames")
    yield artgan.CommandSpec("film", "Make and cut films", "film_commands:app")
    yield artgan.CommandSpec("train", "Train something else", "film_commands:frames")
    yield artgan.CommandSpec("odd", "No command at all", "film_commands:odd")
    yield artgan.CommandSpec("lost", "Somewhere else", "nowhere:lost")
"""
COMMANDS = """
import sys
import typer
print("imported", file=sys.stderr)
app = typer.Typer(help="Make and cut films.")
odd = 3

def frames(name: str, times: int = 2):
    "Count frames, loudly."
    if name == "crash":
        raise RuntimeError("the reel is torn")
    print(name * times)

@app.command()
def cut(at: int):
    print("cut at", at)

@app.command()
def join():
    print("joined")
"""


@pytest.fixture
def film(install, tmp_path):
    path = install("film", PLUGIN)
    (tmp_path / "site" / "film_commands.py").write_text(COMMANDS)
    return {"PYTHONPATH": path}


def test_listed_under_the_plugin_s_name_and_not_imported(artgan, film):
    done = artgan("--help", **film)
    assert done.returncode == 0
    panel = done.stdout.partition("Plugin film")[2]
    assert "frames" in panel
    assert "Count the frames of a film" in panel
    assert "imported" not in done.stderr
    assert "Train a model on images" in done.stdout


def test_a_function(artgan, film):
    assert artgan("frames", "ab", **film).stdout == "abab\n"
    assert artgan("frames", "ab", "--times", "3", **film).stdout == "ababab\n"
    shown = artgan("frames", "--help", **film).stdout
    assert "Count frames, loudly." in shown
    assert "--install-completion" not in shown
    done = artgan("frames", "ab", "--tims", "3", **film)
    assert done.returncode == 2
    assert "Did you mean --times?" in done.stderr


def test_a_group(artgan, film):
    assert artgan("film", "cut", "3", **film).stdout == "cut at 3\n"
    assert "join" in artgan("film", "--help", **film).stdout


def test_a_crash_names_the_plugin(artgan, film):
    done = artgan("frames", "crash", **film)
    assert done.returncode == 1
    assert "command 'frames' (plugin 'film' of film 2.5) failed: RuntimeError: the reel is torn" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["odd", "lost"])
def test_what_is_no_command_names_the_plugin(artgan, film, name):
    done = artgan(name, **film)
    assert done.returncode == 1
    assert f"command '{name}' (plugin 'film' of film 2.5)" in done.stderr


def test_a_command_of_artgan_s_own_is_not_replaced(artgan, film):
    assert "--model" in artgan("train", "--help", **film).stdout
    shown = artgan("plugins", **film).stdout
    assert "Its command 'train' has the same name as a command of artgan itself: run it as artgan film:train" in shown
    assert artgan("film:train", "x", **film).stdout == "xx\n"


def test_a_slip_of_the_fingers_finds_it(artgan, film):
    assert "Did you mean `artgan frames`?" in artgan("frmes", **film).stderr


def test_completion(artgan, film):
    done = artgan(_ARTGAN_COMPLETE="complete_bash", COMP_WORDS="artgan fr", COMP_CWORD="1", **film)
    assert done.stdout.split() == ["frames"]
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["film", "--help"], ["frames", "ab"], ["models"]], ids=" ".join)
def test_a_reader_that_leaves_is_no_failure(film, tmp_path, arguments):
    """As with ``artgan film --help | head -1``."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "artgan", *arguments],
        cwd=tmp_path,
        env={**os.environ, **film},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(writer)
    assert "rror" not in done.stderr
    assert done.returncode == 1
