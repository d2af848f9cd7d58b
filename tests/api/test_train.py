"""What is asked of the library is checked before anything is fetched or written."""

import pytest

import artgan
from artgan.api.run import Run
from artgan.api.train import plan as plan_training
from artgan.errors import UserError


@pytest.fixture
def write(tmp_path):
    def toml(text):
        path = tmp_path / "my.toml"
        path.write_text(text)
        return path

    return toml


def test_a_name_that_is_taken_or_malformed_is_told_first(tmp_path):
    Run.create(tmp_path, "first", "", {})
    with pytest.raises(UserError, match="artgan resume first"):
        plan_training(name="first", runs_dir=tmp_path)
    with pytest.raises(UserError, match="--name 'a/b'"):
        plan_training(name="a/b", runs_dir=tmp_path)


@pytest.mark.parametrize("budget", [{"epochs": float("inf")}, {"time": float("inf")}, {"epochs": float("nan")}])
def test_an_endless_budget_is_refused(budget):
    with pytest.raises(UserError, match=f"--{next(iter(budget))}"):
        plan_training(**budget)


@pytest.mark.parametrize("table", ["options", "data_options", "data-options"])
def test_options_in_a_file_are_a_table(write, table):
    with pytest.raises(UserError, match=f"{table} must be a table"):
        plan_training(config_file=write(f"{table} = 3"))


def test_options_of_the_files_model_are_not_given_to_another_one(write):
    path = write('model = "mlp"\nsteps = 7\ndata = "glyphs"\n[options]\nhidden = [8]\n[data_options]\nnoise = 0.1\n')
    plan = plan_training(config_file=path, model="dcgan", options={"width": "8"})
    assert plan["config"]["options"]["width"] == 8
    assert plan["config"]["data_options"]["noise"] == 0.1
    assert plan["max_steps"] == 7
    assert plan_training(config_file=path)["config"]["options"]["hidden"] == [8]
    assert plan_training(config_file=path, data="mosaic")["data"]["shape"] == (3, 64, 64)


def test_the_command_line_wins_over_a_file_with_every_option(write):
    path = write(
        'model = "mlp"\ndata = "glyphs"\n[options]\nrecipe = "fast"\nloss = "non-saturating"\nlr_g = 2e-3\n'
        "lr_d = 5e-3\nhidden = [128, 256, 512]\n"
    )
    assert plan_training(config_file=path, loss="hinge")["config"]["options"]["loss"] == "hinge"
    options = plan_training(config_file=path, options={"recipe": "paper"})["config"]["options"]
    assert (options["lr_g"], options["lr_d"], options["hidden"]) == (2e-4, 5e-3, [256, 512, 1024])
    options = plan_training(config_file=path, options={"recipe": "paper", "lr_g": "2e-3"})["config"]["options"]
    assert options["lr_g"] == 2e-3
    with pytest.raises(UserError, match="exclude each other"):
        plan_training(config_file=path, loss="hinge", options={"loss": "least-squares"})


def test_a_plan_says_what_is_wrong_with_a_folder(tmp_path):
    with pytest.raises(UserError, match="No such folder"):
        plan_training(data=str(tmp_path / "nothing"))
    with pytest.raises(UserError, match=r"needs the path of a folder, such as --data \./pictures"):
        plan_training(data="folder")


@pytest.mark.parametrize("what", ["model", "data"])
def test_a_run_whose_plugin_is_gone_says_which_package_brought_it(tmp_path, what):
    origin = {"distribution": "artgan-stranger", "version": "1.2", "entry_point": "x"}
    config = {"model": "mlp", "data": "glyphs", what: "stranger"}
    record = {
        "config": config,
        "plugins": {"model": origin, "data": origin},
        "model": {"options": {}},
        "data": {"folder": str(tmp_path), "options": {}},
    }
    run = Run.create(tmp_path, "old", "", record)
    with pytest.raises(UserError, match=r"artgan-stranger 1\.2"):
        artgan.resume(run)


def test_a_run_goes_on_with_the_options_it_was_started_with_whatever_the_defaults_are_now(tmp_path, monkeypatch):
    from artgan.training import session

    record = {
        "config": {"model": "mlp", "data": "glyphs", "steps": 5, "options": {"recipe": "paper"}},
        "model": {"options": {"recipe": "paper", "lr_g": 0.123}},
        "data": {"folder": str(tmp_path), "options": {"noise": 0.3}},
    }
    monkeypatch.setattr(session, "resume", lambda run, request, emit, checkpoint: request.config)
    config = artgan.resume(Run.create(tmp_path, "old", "", record), steps=9)
    assert config.options == {"recipe": "paper", "lr_g": 0.123}
    assert config.data_options == {"noise": 0.3}
    assert config.steps == 9


def test_a_run_that_moved_to_another_machine_looks_for_its_images_there(tmp_path, monkeypatch):
    from artgan.training import session

    monkeypatch.setenv("ARTGAN_DATA", str(tmp_path / "here"))
    monkeypatch.setattr(session, "resume", lambda run, request, emit, checkpoint: request.data_dir)
    record = {"config": {"model": "mlp", "data": "glyphs"}, "model": {"options": {}}}
    run = Run.create(tmp_path, "old", "", {**record, "data": {"folder": str(tmp_path / "there"), "options": {}}})
    assert artgan.resume(run) == tmp_path / "here"
    (tmp_path / "there").mkdir()
    assert artgan.resume(run) == tmp_path / "there"
    assert artgan.resume(run, data_dir=tmp_path) == tmp_path


def test_a_run_whose_pictures_have_moved_says_how_to_go_on(tmp_path, monkeypatch):
    from artgan.training import session

    monkeypatch.setattr(session, "resume", lambda run, request, emit, checkpoint: request.config.data_options["path"])
    record = {"config": {"model": "mlp", "data": "folder"}, "model": {"options": {}}}
    options = {"path": str(tmp_path / "cats")}
    run = Run.create(tmp_path / "runs", "own", "", {**record, "data": {"folder": str(tmp_path), "options": options}})
    with pytest.raises(UserError, match=r"cats, which no longer exists.*artgan resume own --data FOLDER"):
        artgan.resume(run)
    with pytest.raises(UserError, match="dogs doesn't exist"):
        artgan.resume(run, data=tmp_path / "dogs")
    (tmp_path / "dogs").mkdir()
    assert artgan.resume(run, data=tmp_path / "dogs") == str(tmp_path / "dogs")
    drawn = Run.create(tmp_path / "runs", "drawn", "", {"config": {"model": "mlp", "data": "glyphs"}})
    drawn.update(model={"options": {}}, data={"folder": str(tmp_path), "options": {}})
    with pytest.raises(UserError, match="was trained on glyphs: leave it out"):
        artgan.resume(drawn, data=tmp_path / "dogs")


def test_the_gallery_is_a_verb_whoever_has_imported_the_room(tmp_path):
    from artgan.gallery import similarity

    assert similarity
    with pytest.raises(UserError, match="No run is called 'nope'"):
        artgan.gallery("nope", runs_dir=tmp_path)


def test_old_paths_work_and_warn():
    with pytest.warns(DeprecationWarning, match=r"artgan\.gallery\.png has moved to artgan\.imaging\.png"):
        from artgan.gallery import png
    assert callable(png.save)
    with pytest.warns(DeprecationWarning, match=r"artgan\.Choice is now artgan\.AutoSetting"):
        assert artgan.Choice is artgan.AutoSetting
