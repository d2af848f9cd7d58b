"""The sweep and the quality table: what they try, that they go on where they stopped, and how they tell."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import artgan
from artgan.plugins.loading import load_class, registry
from artgan.plugins.specs import ModelSpec
from benchmarks import quality, ranking, recipes
from benchmarks.trials import Trial, Trials, markdown, only_train, summarise


@pytest.fixture
def trained(monkeypatch):
    """Trainings that take no time; the list of those that were done."""
    done = []

    def run(trial: Trial, folder: Path) -> SimpleNamespace:
        done.append(trial)
        if trial.options.get("loss") == "senseless":
            raise artgan.UserError("they work against each other")
        progress = {"step": 1, "images": 64, "seconds": 1.0}
        record = {"progress": progress, "versions": {}, "device": "cpu", "precision": "32-true"}
        record["alarms"] = [{"kind": "collapsed"}]
        status = "interrupted" if trial.options.get("loss") == "stopped" else "finished"
        return SimpleNamespace(record=record, seed=trial.seed, status=status)

    monkeypatch.setattr(Trial, "run", run)
    return done


def kept(path: Path) -> Trials:
    return Trials(path, "pixels", lambda run: {"fid": 10.0 + run.seed, "minclass": 0.08})


def test_results_are_kept_and_known_ones_not_done_again(trained, tmp_path):
    path = tmp_path / "results" / "sweep.jsonl"
    wanted = [Trial("mlp", "mnist", seed, images=64) for seed in (0, 1)]
    assert [line["figures"]["fid"] for line in kept(path).run(wanted)] == [10, 11]
    assert len(trained) == 2
    again = kept(path).run([*wanted, Trial("mlp", "mnist", 2, images=64)])
    assert [line["seed"] for line in again] == [0, 1, 2]
    assert len(trained) == 3
    assert len(path.read_text().splitlines()) == 3
    assert Trials(path, "another evaluator", lambda run: {}).known == {}


def test_refused_recipes_are_told_with_the_reason(trained, tmp_path):
    wanted = [
        Trial("mlp", "mnist", 0, images=64, name="defaults"),
        Trial("mlp", "mnist", 0, images=64, options={"loss": "senseless"}, name="senseless"),
    ]
    table = recipes.tables(kept(tmp_path / "sweep.jsonl").run(wanted), "fid")
    assert "## mlp on mnist" in table
    assert "| defaults | 1 | 10 | 0.08 | collapsed |" in table
    assert "they work against each other" in table
    assert table.index("defaults") < table.index("senseless")


def test_every_variation_of_the_sweep_is_an_option_that_exists():
    fields = {*load_class(registry().find(ModelSpec, "dcgan"), artgan.Model).Options.model_fields, "batch_size"}
    for axis in recipes.AXES.values():
        for options in axis.values():
            assert options.keys() <= fields
    assert len(recipes.variations(["loss", "batch"], grid=False)) == 1 + 6 + 5
    assert len(recipes.variations(["loss", "batch"], grid=True)) == 1 + 6 * 5


def test_the_target_table_says_what_is_met_and_shows_every_seed(trained, tmp_path):
    wanted = quality.trials(["dcgan"], "mnist", [60.0], seeds=3, many=True)
    assert len(wanted) == 20
    lines = kept(tmp_path / "quality.jsonl").run(wanted)
    table = quality.table(lines, seeds=3)
    assert (
        "| dcgan | 60 | 64 | 11 (10 to 12) | 0.08 (0.08 to 0.08) | 3 | fid ≤ 45: met, minclass ≥ 0.07: met |" in table
    )
    shown = quality.distribution(lines)
    assert shown.count("seed ") == 20
    assert "Best 10.0, median 19.5, worst 29.0, 0 failed; all under 80: met." in shown
    bad = json.loads(json.dumps(lines))
    bad[0]["figures"]["fid"] = 200
    assert "MISSED" in quality.table(bad, seeds=3)
    assert "MISSED" in quality.distribution(bad)


def test_tables_are_markdown():
    assert markdown([{"a": 1, "b": "x"}, {"a": 2}]) == "| a | b |\n| --- | --- |\n| 1 | x |\n| 2 |  |\n"
    assert summarise([{"figures": {"fid": 1.0}}, {"figures": {"fid": 3.0}}, {}], ["fid"]) == {"fid": "2 (1 to 3)"}


def test_a_training_that_a_signal_ended_is_no_result(trained, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        kept(tmp_path / "results.jsonl").run([Trial("mlp", "glyphs", 0, 1.0, options={"loss": "stopped"})])
    assert not (tmp_path / "results.jsonl").exists()


@pytest.mark.slow
def test_several_trainings_at_once_are_the_same_trainings(tmp_path):
    wanted = [Trial("mlp", "glyphs", seed, images=128, options={"hidden": (16,)}) for seed in (0, 1)]
    at_once = Trials(tmp_path / "results.jsonl", "none", only_train, tmp_path / "sheets", workers=2).run(wanted)
    assert [(line["seed"], line["progress"]["images"]) for line in at_once] == [(0, 128), (1, 128)]
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 2
    assert sorted(sheet.name for sheet in (tmp_path / "sheets").iterdir()) == [
        f"mlp-glyphs-128-seed{seed}.png" for seed in (0, 1)
    ]


def test_a_rank_correlation_tells_how_alike_two_orders_are():
    assert ranking.rank_correlation([1, 2, 3, 4], [10, 20, 300, 4000]) == pytest.approx(1)
    assert ranking.rank_correlation([1, 2, 3, 4], [9, 8, 7, 1]) == pytest.approx(-1)
    figures = [{"judge's fid": judged, "fid": 2 * judged, "kid": -judged} for judged in (30.0, 10.0, 20.0)]
    lines = [
        {"model": "mlp", "name": "", "images": 1000 * number, "figures": found}
        for number, found in enumerate(figures, 1)
    ]
    shown = ranking.table([*lines, {"failed": "no"}])
    assert shown.index("2,000") < shown.index("3,000") < shown.index("1,000")
    assert "over 3 runs, fid: 1.000, kid: -1.000." in shown
