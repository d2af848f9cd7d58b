"""The main job, through the installed program: train, interrupt, resume, exhibit, and what goes wrong on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import typer
from PIL import Image

from artgan.cli import app, errors
from tests.environments import heed_signals

QUICK = ["--model", "mlp", "-o", "hidden=64", "--data-option", "images=640"]


@pytest.fixture(scope="module")
def small_run(tmp_path_factory) -> Path:
    """A folder with a small conditional run, trained once."""
    folder = tmp_path_factory.mktemp("trained")
    process = start(
        folder, "train", "--model", "cgan", "-o", "width=4", "--data-option", "images=640", "--steps", "12",
        "--no-gallery", "--quiet",
    )  # fmt: skip
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out.strip() == "runs/cgan-glyphs-001"
    return folder


@pytest.fixture
def trained(small_run: Path, tmp_path: Path) -> None:
    """A copy of that run in the program's folder."""
    shutil.copytree(small_run / "runs", tmp_path / "runs")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `artgan` and leave it running."""
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("artgan")), *arguments],
        cwd=folder,
        env={**os.environ, "ARTGAN_RUNS": "runs", "ARTGAN_GALLERY": "gallery", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals if os.name == "posix" else None,
    )


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "nothing happened in two minutes"
        time.sleep(0.05)


def test_train_prints_one_object_and_leaves_a_run_and_an_exhibit(program, tmp_path):
    done = program("train", *QUICK, "--steps", "30", "--json", "--seed", "3")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    keys = {"run", "path", "model", "data", "steps", "images", "seconds", "images_per_second", "device", "precision"}
    assert not (keys | {"losses", "checkpoint", "exhibit"}) - told.keys()
    assert (told["model"], told["data"], told["steps"], told["images"]) == ("mlp", "glyphs", 30, 1920)
    assert Path(told["checkpoint"]).is_file()
    exhibit = Path(told["exhibit"])
    assert len(list((exhibit / "images").glob("*.png"))) == 64
    assert (exhibit / "index.html").is_file()
    assert exhibit.is_relative_to(tmp_path)


def test_train_through_a_pipe_prints_plain_lines_that_say_where_things_are(program):
    done = program("train", *QUICK, "--steps", "30")
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    assert "\x1b" not in text
    for word in ("runs/mlp-glyphs-001", "gallery/", "index.html", "artgan gallery"):
        assert word in text


def test_gallery_of_the_latest_run_in_the_users_own_words(program, trained, tmp_path):
    done = program("gallery", "--seed", "42", "--n", "64", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert not {"exhibit", "path", "n", "seed", "run", "checkpoint"} - told.keys()
    assert (told["n"], told["seed"], told["run"]) == (64, 42, "cgan-glyphs-001")
    lines = [json.loads(line) for line in (Path(told["path"]) / "metadata.jsonl").read_text().splitlines()]
    assert len(lines) == 64
    assert next(iter(lines[0])) == "file_name"

    asked = program("gallery", "--labels", "each", "--n", "20", "--columns", "10", "--name", "each", "--scale", "3")
    assert asked.returncode == 0, asked.stderr
    kept = "artgan gallery --n 20 --seed 1 --labels each --columns 10 --scale 3"
    *label, again = asked.stdout.splitlines()[-1].split(maxsplit=2)
    assert label == ["more", "images"]
    pairs = [list(zip(words[2::2], words[3::2], strict=True)) for words in (again.split(), kept.split())]
    assert sorted(pairs[0]) == sorted(pairs[1])
    assert again.startswith("artgan gallery ")
    names = [json.loads(line)["label_name"] for line in (tmp_path / "gallery/each/metadata.jsonl").open()]
    assert names == [str(i % 10) for i in range(20)]
    with Image.open(tmp_path / "gallery/each/images" / "00000.png") as picture:
        assert picture.size == (84, 84)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--label", "eleven"], ["No label", "eleven"]),
        (["--run", "cgan-glyfs-001"], ["Did you mean 'cgan-glyphs-001'"]),
        (["--n", "0"], ["--n"]),
        (["--seed", "-1"], ["seed"]),
        (["--truncation", "3"], ["runcation"]),
        (["--checkpoint", "7"], ["checkpoint", "7"]),
    ],
)
def test_gallery_explains_what_cannot_be(trained, arguments, words, tmp_path, monkeypatch, capsys):
    """In this process, which has torch: a start of the program for each would take half a minute."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGAN_RUNS", "runs")
    monkeypatch.setenv("ARTGAN_GALLERY", "gallery")
    monkeypatch.setattr("sys.argv", ["artgan", "gallery", *arguments])
    assert errors.run(typer.main.get_command(app)) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("gallery/*"))


def test_ctrl_c_keeps_a_checkpoint_says_how_to_resume_and_resume_goes_on(program, tmp_path):
    process = start(tmp_path, "train", *QUICK, "--steps", "100000")
    log = tmp_path / "runs/mlp-glyphs-001/samples/step-00000000.png"
    wait_for(log.exists, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "artgan resume mlp-glyphs-001" in out + err
    listed = json.loads(program("runs", "--json").stdout)["runs"][0]
    assert listed["status"] == "interrupted"

    steps = str(listed["step"] + 15) if "step" in listed else "100"
    done = program("resume", "mlp", "--steps", steps, "--json", "--no-gallery")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == int(steps)


def test_sigterm_likewise_with_143(tmp_path):
    process = start(tmp_path, "train", *QUICK, "--time", "1h", "--json")
    wait_for((tmp_path / "runs/mlp-glyphs-001/samples/step-00000000.png").exists, process)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 143, err
    assert Path(json.loads(out)["checkpoint"]).is_file()


def test_a_killed_run_resumes_from_its_last_checkpoint(program, tmp_path):
    process = start(tmp_path, "train", *QUICK, "--steps", "100000", "--checkpoint-every", "20")
    folder = tmp_path / "runs/mlp-glyphs-001"
    wait_for(lambda: list(folder.glob("checkpoints/*.safetensors")), process)
    process.kill()
    process.communicate()
    listed = json.loads(program("runs", "--json").stdout)["runs"][0]
    assert listed["status"] == "stopped"
    last = int(sorted(folder.glob("checkpoints/step-*.safetensors"))[-1].stem.partition("-")[2])
    done = program("resume", "mlp-glyphs-001", "--steps", str(last + 10), "--quiet", "--no-gallery")
    assert done.returncode == 0, done.stderr


def test_a_folder_of_pictures_by_its_path(program, tmp_path):
    folder = tmp_path / "pictures"
    for kind in ("red", "blue"):
        (folder / kind).mkdir(parents=True)
        for number in range(12):
            Image.new("RGB", (40, 32), (200 if kind == "red" else 10, number * 10, 90)).save(
                folder / kind / f"{number}.png"
            )
    done = program(
        "train", "--data", "./pictures", "--model", "cgan", "--size", "16", "-o", "width=4", "--steps", "4",
        "--batch-size", "8", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["data"] == "folder"
    line = json.loads((Path(told["exhibit"]) / "metadata.jsonl").read_text().splitlines()[0])
    assert line["label_name"] in ("red", "blue")
    with Image.open(Path(told["exhibit"]) / line["file_name"]) as picture:
        assert (picture.size, picture.mode) == ((16, 16), "RGB")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "dcgann"], ["Did you mean 'dcgan'"]),
        (["--data", "mnits"], ["Did you mean 'mnist'"]),
        (["--data", "./nowhere"], ["nowhere"]),
        (["-o", "widht=3"], ["Did you mean 'width'"]),
        (["-o", "width"], ["key=value"]),
        (["-o", "width=-3"], ["width", "between 4 and 512"]),
        (["--steps", "0"], ["--steps"]),
        (["--time", "soon"], ["90s, 10m, 2h"]),
        (["--size", "1000000"], ["--size"]),
        (["--seed", "-1"], ["--seed"]),
        (["--device", "mps" if torch.cuda.is_available() else "cuda"], ["--device"]),
        (["--config", "no.toml"], ["no.toml"]),
        (["--step", "3"], ["--step"]),
        (["--model", "cgan", "--data", "empty"], ["empty"]),
    ],
)
def test_train_explains_what_cannot_be(program, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    done = program("train", *arguments)
    assert done.returncode == 2, done.stderr
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_download_that_is_impossible_says_which_files_go_where(program, tmp_path):
    done = program("train", "--data", "mnist", "--data-dir", "data", http_proxy="http://127.0.0.1:9",
                   https_proxy="http://127.0.0.1:9")  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "train-images-idx3-ubyte" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_said_and_loses_nothing(program, trained, tmp_path):
    """A file size limit stands in for a full disk: the checkpoint is larger than what may be written."""
    before = sorted(path.name for path in tmp_path.glob("runs/cgan-glyphs-001/checkpoints/*"))
    script = Path(sys.executable).with_name("artgan")
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 64; trap '' XFSZ; exec {script} resume cgan --steps 20 --no-gallery"],
        cwd=tmp_path,
        # Python would leave compiled modules that end at the limit, for all later programs to stumble over.
        env={**os.environ, "ARTGAN_RUNS": "runs", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "can't be written" in done.stderr
    assert sorted(path.name for path in tmp_path.glob("runs/cgan-glyphs-001/checkpoints/*")) == before
    assert not list(tmp_path.rglob("*.tmp"))


def test_options_in_a_file_and_the_command_line_wins(program, tmp_path):
    (tmp_path / "my.toml").write_text(
        'model = "mlp"\nsteps = 5\nseed = 4\n[options]\nhidden = [32]\n[data_options]\nimages = 640\n'
    )
    done = program("train", "--config", "my.toml", "--steps", "3", "--no-gallery", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 3
    record = json.loads((tmp_path / "runs/mlp-glyphs-001/run.json").read_text())
    assert record["config"]["seed"] == 4
    assert record["model"]["options"]["hidden"] == [32]


def test_two_processes_train_together(program, tmp_path):
    done = program("train", *QUICK, "--steps", "13", "--devices", "2", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["steps"] == 13
    assert len(list(tmp_path.glob("runs/*"))) == 1
    alone = program("resume", told["run"], "--devices", "1", "--steps", "25", "--json", "--no-gallery")
    assert alone.returncode == 0, alone.stderr
    assert json.loads(alone.stdout)["steps"] == 25
