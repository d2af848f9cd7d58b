"""Finding runs by name, prefix and path."""

import os
import socket

import pytest

from artgan.api.run import Run, find_run, list_runs
from artgan.errors import ArtganError, Damaged, UserError
from artgan.runs.record import process_start


@pytest.fixture
def runs_dir(tmp_path):
    for number, name in enumerate(["dcgan-mnist-001", "dcgan-mnist-002", "mlp-glyphs-001"]):
        run = Run.create(tmp_path, name, "", {"status": "finished"})
        run.update(created=f"2026-01-0{number + 1}T00:00:00.000+00:00")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    return tmp_path


def test_runs_are_listed_newest_first_and_broken_ones_are_left_out(runs_dir):
    assert [run.name for run in list_runs(runs_dir)] == ["mlp-glyphs-001", "dcgan-mnist-002", "dcgan-mnist-001"]


def test_a_run_is_found_by_name_prefix_path_or_as_the_latest(runs_dir):
    assert find_run("dcgan-mnist-001", runs_dir).name == "dcgan-mnist-001"
    assert find_run("mlp", runs_dir).name == "mlp-glyphs-001"
    assert find_run(runs_dir / "dcgan-mnist-002", "elsewhere").name == "dcgan-mnist-002"
    assert find_run(None, runs_dir).name == "mlp-glyphs-001"


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("dcgan-mnist", "Type more of the name"),
        ("mpl-glyphs-001", "Did you mean 'mlp-glyphs-001'"),
        ("mlq-g", "Did you mean 'mlp-glyphs-001'"),
    ],
)
def test_what_is_not_found_is_explained(runs_dir, which, message):
    with pytest.raises(UserError, match=message):
        find_run(which, runs_dir)


def test_no_runs_at_all(tmp_path):
    with pytest.raises(UserError, match="artgan train"):
        find_run(None, tmp_path)


@pytest.mark.parametrize("name", ["a/b", "..", "", "-x", "a b"])
def test_names_that_are_no_folder_names_are_refused(tmp_path, name):
    with pytest.raises(UserError, match="--name"):
        Run.create(tmp_path, name, "", {})


def test_a_record_of_another_version_is_refused(runs_dir):
    run = find_run("mlp", runs_dir)
    run.update(format=99)
    with pytest.raises(UserError, match="which a newer artgan wrote"):
        Run(run.path)


def test_a_damaged_record_is_left_out_of_the_list_and_explained_by_name(runs_dir):
    for number, text in enumerate(['{"format": 1}', '{"format": 1, "created": "2026", "config": 3}', "[]"]):
        folder = runs_dir / f"odd-{number}"
        folder.mkdir()
        (folder / "run.json").write_text(text)
        with pytest.raises(ArtganError, match=f"odd-{number}"):
            find_run(folder.name, runs_dir)
    assert len(list_runs(runs_dir)) == 3


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        (b"", "it is empty"),
        (b"\0" * 40, "it is empty"),
        (b'{"format": 1,\n "name": "x', "it ends in the middle"),
        (b'{"format": 1,\n "name": ', "it ends in the middle"),
        (b'{"format": 1,\n name}', "line 2 isn't JSON"),
        (b'{"\xff": 1}', "it isn't text"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"format": 1}', "its 'created' is missing or malformed"),
        (b'{"format": 1, "created": 2026}', "its 'created' is missing or malformed"),
        (
            b'{"format": 1, "created": "2026", "progress": {"step": 1' + b"0" * 30 + b"}}",
            "its 'progress' is missing or malformed",
        ),
        (b'{"format": 1, "created": "2026", "blend": {"weight": true}}', "its 'blend' is missing or malformed"),
        (
            b'{"format": 1, "created": "2026", "best": ' + b"1" * 5000 + b"}",
            "it holds a number with thousands of digits",
        ),
    ],
)
def test_a_damaged_record_is_explained_in_words(runs_dir, contents, why):
    (runs_dir / "broken" / "run.json").write_bytes(contents)
    for which in ("broken", "brok"):
        with pytest.raises(Damaged, match=rf"run\.json is damaged: {why}.*\. .* restore a copy of it, or delete"):
            find_run(which, runs_dir)


def test_of_two_processes_that_opened_a_run_only_the_first_may_claim_it(runs_dir):
    mine = find_run("mlp", runs_dir)
    theirs = {"pid": os.getppid(), "host": socket.gethostname(), "started": process_start(os.getppid())}
    Run(mine.path).update(status="running", process=theirs)
    with pytest.raises(UserError, match=f"Process {os.getppid()}"):
        mine.claim()


def test_a_claimed_run_forgets_how_its_last_session_ended(runs_dir):
    run = find_run("mlp", runs_dir)
    run.update(signal=2, exhibit="gallery/old", ended="2026", error="x")
    run.claim()
    assert [run.record[key] for key in ("signal", "exhibit", "ended", "error")] == [None] * 4
    assert run.status == "running"
