"""`models`, `datasets`, `plugins` and `runs`."""

import json
import re

import pytest

BROKEN = "raise RuntimeError('made for another torch')\n"
WORKING = """
import artgan
print("a plugin that talks")

@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("blob", "One grey blob", "artgan_blob.nowhere:Blob")
"""


def test_models_are_listed_as_plain_text_in_a_pipe(artgan):
    lines = artgan("models").stdout.splitlines()
    assert lines[0].split() == ["NAME", "SUMMARY", "DISTRIBUTION"]
    assert {"cgan", "dcgan", "mlp"} <= {line.split()[0] for line in lines[1:]}
    assert "\x1b" not in "".join(lines)


def test_listings_as_json_and_as_names(artgan):
    datasets = json.loads(artgan("datasets", "--json").stdout)["datasets"]
    assert {"name", "summary", "plugin", "distribution", "version"} <= datasets[0].keys()
    names = [entry["name"] for entry in datasets]
    assert artgan("datasets", "--quiet").stdout.split() == names == sorted(names)


def test_one_model_in_full(artgan):
    shown = artgan("models", "dcgan", "--json")
    model = json.loads(shown.stdout)
    assert "Radford" in model["paper"]
    assert model["default_steps"] > 0
    width = next(option for option in model["options"] if option["name"] == "width")
    assert width["type"] == "int"
    assert width["range"]
    assert width["description"]


def test_one_data_set_in_full(artgan, tmp_path):
    shown = artgan("datasets", "mnist", "--data-dir", str(tmp_path / "empty")).stdout
    for text in ("60,000", "28x28 grey", "licence", "no, will be downloaded to empty", "artgan train --data mnist"):
        assert text in shown


def test_plugins_show_what_they_bring_and_why_they_are_broken(artgan, install):
    install("artgan_blob", WORKING)
    path = install("artgan_bad", BROKEN)
    done = artgan("plugins", PYTHONPATH=path)
    assert done.returncode == 0
    assert "artgan_bad 2.5" in done.stdout
    assert "RuntimeError: made for another torch" in done.stdout
    assert "model blob" in done.stdout
    # What a plugin prints stays out of the result.
    assert "talks" not in done.stdout

    listed = artgan("models", "--json", PYTHONPATH=path)
    assert "blob" in [model["name"] for model in json.loads(listed.stdout)["models"]]
    assert "1 plugin is broken" in listed.stderr


def test_a_model_whose_module_is_missing_is_an_error_that_names_the_plugin(artgan, install):
    path = install("artgan_blob", WORKING)
    done = artgan("models", "blob", PYTHONPATH=path)
    assert done.returncode == 1
    assert "'blob' (plugin 'artgan_blob' of artgan_blob 2.5) can't be loaded" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in artgan("models", "blob", "--debug", PYTHONPATH=path).stderr


def test_runs_newest_first(artgan, make_run):
    make_run("old", "2025-01-01T00:00:00.000+00:00")
    make_run("new", "2025-03-01T00:00:00.000+00:00")
    lines = artgan("runs").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "new", "old"]
    assert "7,680" in lines[1]
    assert "1:02" in lines[1]
    assert artgan("runs", "-q").stdout == "new\nold\n"


def test_a_run_in_full(artgan, make_run):
    make_run("spring")
    shown = artgan("runs", "spr").stdout
    for text in ("dcgan on mnist, finished", "width=16", "28x28 grey, 2 labels", "artgan resume spring --steps 240"):
        assert text in shown
    found = json.loads(artgan("runs", "spring", "--json").stdout)
    assert found["steps"] == 120
    assert found["checkpoint"].endswith("step-00000120.safetensors")
    assert found["record"]["config"]["seed"] == 3


def test_no_runs_yet(artgan):
    done = artgan("runs")
    assert done.returncode == 0
    assert "artgan train" in done.stderr
    assert json.loads(artgan("runs", "--json").stdout) == {"runs": [], "unreadable": []}


def test_a_damaged_run_is_listed_as_such_and_explained_by_name(artgan, make_run):
    make_run("good")
    (make_run("bad") / "run.json").write_text('{"format": 1, "na')
    done = artgan("runs")
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["good", "finished"], ["bad", "damaged"]]
    assert "1 run can't be read: `artgan runs bad` says why." in done.stderr
    listed = json.loads(artgan("runs", "--json").stdout)
    assert [run["name"] for run in listed["runs"]] == ["good"]
    assert [(run["name"], run["status"]) for run in listed["unreadable"]] == [("bad", "damaged")]
    explained = artgan("runs", "bad")
    assert explained.returncode == 1
    assert "runs/bad/run.json is damaged: it ends in the middle." in explained.stderr


def test_runs_on_pictures_of_ones_own_are_told_apart_by_their_folders(artgan, make_run):
    config = {"model": "dcgan", "data": "folder", "steps": 120}
    for name in ("cats", "dogs"):
        make_run(f"of-{name}", config=config, data={"name": name, "shape": [3, 64, 64]})
    assert {line.split()[3] for line in artgan("runs").stdout.splitlines()[1:]} == {"cats", "dogs"}
    assert artgan("runs", "of-cats").stdout.startswith("of-cats: dcgan on cats, finished\n")


def test_what_is_not_set_is_left_out(artgan, make_run):
    make_run("first", model={"options": {"width": 16, "hidden_d": None, "augment": []}})
    assert "model options  width=16\n" in artgan("runs", "first").stdout


@pytest.mark.parametrize(("width", "columns"), [(120, 9), (80, 6), (60, 5), (40, 2), (20, 1)])
def test_in_a_narrow_terminal_columns_go_and_names_stay_whole(make_run, tmp_path, monkeypatch, capsys, width, columns):
    from artgan.cli import runs

    names = ["stylegan2-ada-paintings-001", "stylegan2-ada-paintings-002", "mlp-glyphs-001"]
    for name in names:
        make_run(name)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    runs.runs(runs_dir=tmp_path / "runs")
    head, _, *rows = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()
    assert len(head.split()) == columns
    assert [row.split()[0] for row in rows] == sorted(names, reverse=True)
    assert max(map(len, (line.rstrip() for line in rows))) <= max(width, len(names[0]))


def test_a_failed_run_says_why_and_is_gone_on_with_only_from_a_checkpoint(artgan, make_run):
    path = make_run("first", status="failed", error="ArtganError: The disk is full.")
    shown = artgan("runs", "first").stdout
    assert "The disk is full." in shown
    assert "artgan resume first\n" in shown
    (path / "checkpoints" / "step-00000120.safetensors").unlink()
    assert "artgan resume" not in artgan("runs", "first").stdout


def test_a_plugin_is_switched_off_and_on_again(artgan, install):
    path = install("artgan_blob", WORKING)
    assert artgan("plugins", "disable", "artgan_blob", PYTHONPATH=path).stdout == "artgan_blob is disabled.\n"
    assert "blob" not in artgan("models", "-q", PYTHONPATH=path).stdout.split()
    assert "disabled by `artgan plugins disable`" in artgan("plugins", PYTHONPATH=path).stdout
    done = artgan("train", "--model", "artgan_blob", PYTHONPATH=path)
    assert done.returncode == 2
    assert "disabled by `artgan plugins disable`: `artgan plugins enable artgan_blob`" in done.stderr

    artgan("plugins", "enable", "artgan_blob", PYTHONPATH=path)
    assert "blob" in artgan("models", "-q", PYTHONPATH=path).stdout.split()
    assert "blob" not in artgan("models", "-q", PYTHONPATH=path, ARTGAN_DISABLE="x, artgan_blob").stdout.split()


def test_of_two_plugins_of_one_name_it_is_said_which_is_meant(artgan, install):
    path = install("dcgan", WORKING)
    done = artgan("plugins", "disable", "dcgan", PYTHONPATH=path)
    assert done.returncode == 2
    assert "2 plugins are called dcgan: use " in done.stderr
    assert "artgan:dcgan" in done.stderr
    assert artgan("plugins", "disable", "dcgan:dcgan", PYTHONPATH=path).returncode == 0
    assert "dcgan" in artgan("models", "-q", PYTHONPATH=path).stdout.split()


def test_switching_what_is_not_there(artgan):
    done = artgan("plugins", "disable", "dcgann")
    assert done.returncode == 2
    assert "Did you mean 'dcgan'?" in done.stderr
    assert "wasn't disabled" in artgan("plugins", "enable", "dcgan").stdout
    assert (
        "remove it from that environment variable"
        in artgan("plugins", "enable", "dcgan", ARTGAN_DISABLE="dcgan").stderr
    )


def test_bare_and_by_name_plugins_are_listed_alike(artgan):
    assert artgan("plugins", "list", "--json").stdout == artgan("plugins", "--json").stdout
