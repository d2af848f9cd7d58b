"""What is decided for the user's own pictures, and that what they say wins."""

from dataclasses import replace

import pytest
from PIL import Image

import artgan
from artgan.api.train import plan as plan_training
from artgan.plugins.loading import registry


@pytest.fixture
def pics(tmp_path):
    for number in range(4):
        path = tmp_path / "pics" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (60 * number, 0, 0)).save(path)
    return tmp_path / "pics"


def test_own_pictures_get_a_size_a_model_and_augmentation(pics):
    plan = plan_training(data=pics)
    assert plan["config"]["size"] == 16
    assert plan["config"]["model"] == "dcgan", "two pictures of a label are too few to tell labels apart"
    assert plan["config"]["options"]["augment"] == ["color", "translation", "cutout"]
    assert {choice["name"] for choice in plan["choices"]} >= {"size", "model", "augment"}
    assert all(choice["why"] for choice in plan["choices"])


def test_what_is_said_wins(pics):
    plan = plan_training(data=pics, model="cgan", size=32, options={"augment": ""}, mirror=True)
    assert plan["config"]["model"] == "cgan"
    assert plan["data"]["shape"] == (1, 32, 32) or plan["data"]["shape"] == (3, 32, 32)
    assert plan["config"]["options"]["augment"] == []
    assert plan["config"]["mirror"] is True
    assert not {choice["name"] for choice in plan["choices"]} & {"size", "model", "augment", "mirror"}


def test_data_sets_with_a_name_are_trained_on_as_ever():
    plan = plan_training(data="glyphs")
    assert plan["choices"] == []
    assert plan["config"]["options"]["augment"] == []


def test_a_plugin_may_say_what_it_suits(pics, monkeypatch):
    spec = registry().find(artgan.ModelSpec, "mlp")
    suits = artgan.Suits(0.9, "{images} images of {size}", fewest=3, most=5)
    monkeypatch.setitem(registry()._known[artgan.ModelSpec], "mlp", replace(spec, suits=suits))
    plan = plan_training(data=pics)
    assert plan["config"]["model"] == "mlp"
    assert ("--model mlp", "4 images of 16x16") in {(choice["text"], choice["why"]) for choice in plan["choices"]}
    assert plan_training(data=pics, options={"r1": 1})["config"]["model"] == "mlp"
    assert plan_training(data=pics, options={"width": 8})["config"]["model"] == "dcgan", "mlp has no such option"


@pytest.mark.parametrize(("size", "advice"), [(512, "try --size 256,"), (100, "try --size 96 or --size 112,")])
def test_no_model_is_chosen_for_sizes_that_suit_none(pics, size, advice):
    with pytest.raises(artgan.UserError, match=advice) as caught:
        plan_training(data=pics, size=size)
    assert caught.value.exit_code == 2
    assert plan_training(data=pics, size=50)["config"]["model"] == "mlp", "it makes small images of any shape"
    assert plan_training(data=pics, size=size, model="mlp", options={"hidden": (8,)})["notices"] == []


def test_a_large_model_is_told_with_the_memory_it_takes(pics, tmp_path, monkeypatch):
    monkeypatch.setattr("artgan.build.MANY_PARAMETERS", 3000)
    asked = {"data": pics, "model": "mlp", "options": {"hidden": (8, 8), "latent_dim": 4}}
    (notice,) = plan_training(**asked)["notices"]
    assert notice.startswith(
        "mlp has 0 million parameters for images of 16x16: training needs at least 0.0 GB of memory"
    )
    told = []
    places = {"runs_dir": tmp_path / "runs", "gallery_dir": tmp_path / "gallery"}
    artgan.train(**asked, steps=1, batch_size=2, gallery=False, listeners=[told.append], **places)
    assert notice in [event.text for event in told if type(event).__name__ == "Notice"]
    monkeypatch.undo()
    assert plan_training(**asked)["notices"] == []


def test_choices_are_kept_with_the_run_and_resuming_makes_none(pics, tmp_path):
    places = {"runs_dir": tmp_path / "runs", "gallery_dir": tmp_path / "gallery"}
    told = []
    run = artgan.train(data=pics, steps=2, batch_size=4, gallery=False, listeners=[told.append], **places)
    (chosen,) = [event for event in told if type(event).__name__ == "Chosen"]
    assert [choice["name"] for choice in run.record["choices"]] == [choice.name for choice in chosen.choices]
    assert run.record["config"]["size"] == 16
    assert run.record["data"]["options"]["fit"] in ("crop", "pad")
    told.clear()
    again = artgan.resume(run, steps=3, listeners=[told.append])
    assert again.record["progress"]["step"] == 3
    assert not [event for event in told if type(event).__name__ in ("Chosen", "Notice")]
