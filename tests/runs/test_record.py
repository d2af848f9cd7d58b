"""A run's record is typed: it is read quickly, keeps what it doesn't know, and nobody picks keys out of its JSON."""

import ast
import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

import artgan
from artgan.runs.entries import AlarmRecord, BlendRecord, ConfigRecord, ParentRecord, ProcessRecord
from artgan.runs.folder import RunFolder
from artgan.runs.record import Entries, RunRecord
from artgan.util.json_object import JSONObject, Mismatch, to_json

ARTGAN = Path(artgan.__file__).parent
OLD = sorted(path.parent for path in (Path(__file__).parent / "old").glob("*/run.json"))

# Evaluations and exhibits have records, too.
OTHER_RECORDS = {
    "cli/evaluate.py": {"found"},
    "cli/gallery.py": {"exhibit"},
    "gallery/exhibit.py": {"self"},
    "metrics/report.py": {"self"},
    "metrics/samples.py": {"exhibit"},
    "metrics/target.py": {"found"},
}


def from_fields(value):
    """Return a record made anew from the fields of another one, at any depth."""
    if isinstance(value, ConfigRecord):
        return value  # the whole configuration is artgan.config.TrainConfig's
    if isinstance(value, JSONObject):
        return type(value)(**{one.name: from_fields(getattr(value, one.name)) for one in fields(value)})
    if isinstance(value, tuple):
        return tuple(from_fields(one) for one in value)
    return {key: from_fields(one) for key, one in value.items()} if isinstance(value, dict) else value


def lost(before, after):
    """Return the keys that are in the one JSON value and not in the other, or differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {
            f"{key}/{one}"
            for key, value in before.items()
            for one in (lost(value, after[key]) if key in after else {"missing"})
        }
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return {one for pair in zip(before, after, strict=True) for one in lost(*pair)}
    return set() if before == after else {"differs"}


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_an_old_record_is_written_as_it_was_read(path, tmp_path):
    text = (path / "run.json").read_text()
    (tmp_path / "run.json").write_text(text)
    run = RunFolder(tmp_path)
    run.update()
    assert (tmp_path / "run.json").read_text() == text
    assert run.record == json.loads(text)


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_the_fields_hold_all_that_versions_of_artgan_have_written(path):
    record = RunFolder(path).details
    assert lost(record.to_json(), to_json(from_fields(record))) == set()


def test_the_fields_hold_all_that_is_written_today(tmp_path):
    settings = {"data": "glyphs", "data_options": {"images": 64}, "steps": 2, "batch_size": 16, "gallery": False}
    made = artgan.train(model="mlp", options={"hidden": "8"}, runs_dir=tmp_path, name="one", **settings)
    other = artgan.train(from_run=made, runs_dir=tmp_path, name="two", **settings)
    both = artgan.blend(made, other, runs_dir=tmp_path)
    for run in (made, other, both, artgan.resume(both, steps=2)):
        record = RunFolder(run.path).details
        assert lost(record.to_json(), to_json(from_fields(record))) == set()
        assert list(record.to_json())[:5] == ["format", "name", "created", "budget", "config"]


def test_what_is_written_has_the_types_of_what_is_read():
    assert get_type_hints(Entries) == {one.name: one.type for one in fields(RunRecord)}


def test_keys_of_other_writers_stay_at_any_depth(tmp_path):
    alarm = {"step": 3, "kind": "collapsed", "text": "It has.", "loudness": 11}
    found = {"format": 1, "created": "2026", "mood": ["calm"], "alarms": [alarm], "process": {"pid": 1, "nice": 3}}
    (tmp_path / "run.json").write_text(json.dumps(found))
    run = RunFolder(tmp_path)
    run.update(alarms=(*run.details.alarms, AlarmRecord(step=4, kind="falling", text="It is.")), status="failed")
    written = json.loads((tmp_path / "run.json").read_text())
    assert written == run.record
    assert written["mood"] == ["calm"]
    assert written["alarms"] == [alarm, {"step": 4, "kind": "falling", "text": "It is."}]
    assert written["process"] == {"pid": 1, "nice": 3}
    assert list(written) == [*found, "status"]


def test_only_what_is_given_is_written(tmp_path):
    run = RunFolder.create(tmp_path, "x", "", {"blend": BlendRecord(weight=0.5)})
    assert list(run.record) == ["format", "name", "created", "blend"]
    assert run.record["blend"] == {"weight": 0.5}
    run.update(signal=None, process=ProcessRecord(pid=3, host="here"))
    assert run.record["signal"] is None
    assert run.record["process"] == {"pid": 3, "host": "here", "started": None}
    assert run.details.status == "created"


def test_what_has_the_wrong_type_is_not_written(tmp_path):
    run = RunFolder.create(tmp_path, "x", "", {})
    before = (run.path / "run.json").read_text()
    with pytest.raises(Mismatch, match="'status' has the wrong type"):
        run.update(status=3)
    assert (run.path / "run.json").read_text() == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("created", 3),
        ("status", None),
        ("config", []),
        ("config", {"seed": True}),
        ("config", {"options": [1]}),
        ("data", {"shape": [1, 2.5, 3]}),
        ("data", {"labels": ["a", 2]}),
        ("budget", {"max_steps": 2**64}),
        ("progress", {"losses": {"generator": "low"}}),
        ("plugins", {"model": {"distribution": "artgan"}}),
        ("sessions", {"versions": {}}),
        ("parents", [{"run": "a", "step": 1}]),
        ("parents", [{"run": "a", "step": 1, "sha256": "0", "taken": {"generator": {"taken": 1}}}]),
        ("blend", {"at": 3}),
        ("best", {"step": 1}),
        ("alarms", [3]),
        ("signal", "SIGINT"),
    ],
)
def test_a_damaged_part_is_named(key, value):
    with pytest.raises(Mismatch) as caught:
        RunRecord.parse({"format": 1, "created": "2026", key: value})
    assert caught.value.key == key


def test_parts_compare_by_their_fields():
    parent = ParentRecord(run="a", step=1, sha256="0")
    assert ParentRecord.parse({"run": "a", "step": 1, "sha256": "0", "more": 2}) == parent
    assert parent.to_json() == {"run": "a", "step": 1, "sha256": "0"}


def test_reading_runs_imports_neither_torch_nor_pydantic(tmp_path):
    code = """
import sys
from pathlib import Path
from artgan.runs import checkpoints, checksum, entries, find, folder, record
run = folder.RunFolder(Path(sys.argv[1]))
print(run.status, run.details.progress.step, find.find_folder(run.path).name)
assert not {"torch", "pydantic", "numpy"} & set(sys.modules), sorted(sys.modules)
from artgan.runs import dependencies
dependencies.needed(run.details, to_train=True)
assert not {"torch", "numpy"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code, OLD[0]], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"finished 12 {OLD[0].name}\n", "")


def test_nothing_in_artgan_picks_keys_out_of_a_record():
    """The JSON of a run, ``run.record``, is for plugins and notebooks: artgan itself uses ``run.details``."""
    picked = []
    for path in sorted(ARTGAN.rglob("*.py")):
        place = path.relative_to(ARTGAN).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "record" and id(node) not in called:
                if ast.unparse(node.value) not in OTHER_RECORDS.get(place, ()):
                    picked.append(f"{place}:{node.lineno}: {ast.unparse(node)}")
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(".to_json()"):
                picked.append(f"{place}:{node.lineno}: {ast.unparse(node)}")
    assert picked == []
