"""`mix`, `explore`, `project` and what goes on with them, in the program's own words; one small run serves all."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import artgan
from artgan.cli import app, errors

OPTIONS = {"width": 4, "latent_dim": 8}


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("making")
    artgan.train(
        model="stylegan2-cond",
        data="glyphs",
        options=OPTIONS,
        data_options={"images": 64},
        steps=2,
        batch_size=8,
        gallery=False,
        name="styled",
        runs_dir=folder,
    )
    return folder


@pytest.fixture
def say(runs, tmp_path, monkeypatch):
    """Runs a command in an empty folder; what it prints on stdout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGAN_RUNS", str(runs))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@pytest.fixture
def complain(say, monkeypatch, capsys):
    """Runs a command that can't be; its exit code and what it says."""
    import typer

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["artgan", *arguments])
        code = errors.run(typer.main.get_command(app))
        return code, capsys.readouterr().err

    return run


def test_mix(say):
    text = say("mix", "--out", "mix.png", "--rows", "2", "--columns", "3", "--label", "3", "--layers", "0-1,4")
    assert text.splitlines()[0] == "mix.png: 6 mixed images of styled"
    assert [line.split()[:3] for line in text.splitlines()[1:3]] == [["from", "the", "top"], ["from", "the", "left"]]
    assert "layers 0, 1, 4" in text
    assert "layers 2, 3, 5" in text
    told = json.loads(say("mix", "-o", "b.png", "--row-seeds", "1,2", "--column-seeds", "3", "--json"))
    assert (told["run"], told["rows"], told["columns"], told["layers"], told["of"]) == ("styled", 2, 1, [0, 1], 6)
    with Image.open(told["path"]) as picture:
        assert list(picture.size) == told["size"]
    assert say("mix", "-o", "c.png", "--quiet") == "c.png\n"


def test_explore(say):
    text = say("explore", "--out", "strips.png", "--directions", "2", "--range", "1.5", "--steps", "3", "--label", "7")
    assert text.splitlines()[0] == "strips.png: 2 main directions of styled"
    assert "from top to bottom" in text
    told = json.loads(say("explore", "-o", "a.gif", "--directions", "2", "--layers", "coarse", "--json"))
    assert (told["moved"], told["layers"], told["frames"]) == ("styles", [0, 1], 48)
    assert 1 > told["directions"][0]["share"] > told["directions"][1]["share"] > 0
    assert say("explore", "-o", "c.png", "--quiet") == "c.png\n"


def test_project_and_what_comes_after(say):
    Image.new("RGB", (50, 40), "white").save("mine.jpg")
    few = ["--steps", "3", "--starts", "2", "--candidates", "20"]
    text = say("project", "mine.jpg", *few)
    assert text.splitlines()[0] == "mine-projected: the image of styled nearest to mine.jpg"
    assert "on average" in text
    assert "mine-projected/progress.png" in text
    told = json.loads(say("project", "mine.jpg", *few, "--label", "4", "--out", "four", "--json"))
    assert (told["label"], told["label_name"], told["candidates"]) == (4, "4", 20)
    assert 0 < told["distance"] <= told["best_random_distance"] + 0.01 < told["random_distance"] + 0.01
    assert say("project", "mine.jpg", *few, "--quiet") == "mine-projected-2\n"
    assert "latent      nearest to mine.jpg" in say("recreate", "four/nearest.png", "--out", "again.png")
    assert Path("again.png").read_bytes() == Path("four/nearest.png").read_bytes()
    files = ("--latent", "four/latent.json", "--latent", "mine-projected/nearest.png")
    film = say("interpolate", "--out", "way.webp", *files, "--frames", "4")
    assert "8 frames" in film
    assert film.splitlines()[1].split() == ["length", "0.3", "s"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("mix --out a.png --layers corse", "--layers must be coarse, middle, fine"),
        (
            "mix --out a.png --row-seeds 1,x",
            "--row-seeds must be numbers separated by commas, such as 3,14,15",
        ),
        ("mix --out a.png --run stiled", "Did you mean 'styled'"),
        ("explore --out a.txt", "must end in .png"),
        ("explore --out a.png --label eleven", "No label is called 'eleven'"),
        ("gallery --labels all", "--labels must be each, for equal shares of all labels, not all"),
        ("explore --out a.png --seeds ,", "--seeds must be numbers separated by commas, such as 3,14,15, not ,"),
        ("project none.png", "none.png doesn't exist"),
        ("project . --label 3", "can't be read as a picture: Is a directory"),
        ("interpolate --out a.webp --latent none.json --latent none.json", "none.json doesn't exist"),
    ],
)
def test_what_cannot_be(complain, command, words, tmp_path):
    code, said = complain(*command.split())
    assert (code, said.count("Traceback")) == (2, 0)
    assert words in said
    assert not list(tmp_path.iterdir())
