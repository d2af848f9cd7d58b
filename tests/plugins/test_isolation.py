"""Dozens of broken plugins, installed together, break nothing but themselves, and each is told with its cause.

They are in tests/plugins/broken, a module each.
"""

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from artgan import ModelSpec, UserError
from artgan.plugins import loading
from artgan.plugins.loading import PluginWarning, build

HERE = Path(__file__).parent / "broken"

# What `artgan plugins` says of each; several if it says several things.
BROKEN = {
    "raises": ["RuntimeError: made for another torch"],
    "syntax_error": ["SyntaxError: invalid syntax (syntax_error.py, line 1)"],
    "missing_dependency": ["No module named 'no_such_library'; install it alongside artgan"],
    "exits": ["SystemExit: 3"],
    "own_base_exception": ["GiveUp: no licence"],
    "recursion": ["RecursionError: maximum recursion depth exceeded"],
    "unprintable_error": ["Unprintable"],
    "no_such_module": ["its module no_such_module is missing: reinstall the package"],
    "no_such_object": ["has no attribute 'plugin'"],
    "malformed_entry_point": ["the entry point 'not a module' should be 'module' or 'module:object'"],
    "no_hooks": ["it doesn't implement any of artgan's hooks (is @artgan.hookimpl missing?)"],
    "unmarked_hook": ["it doesn't implement any of artgan's hooks (is @artgan.hookimpl missing?)"],
    "misspelt_hook": ["there is no hook artgan_modles: did you mean artgan_models?"],
    "future_hook": ["this artgan has no hook artgan_choreographies: the plugin needs a newer artgan"],
    "hook_with_arguments": ["PluginValidationError", "registry"],
    "hook_raises": ["artgan_models failed: KeyError: 'WEIGHTS_DIR'"],
    "hook_exits": ["artgan_datasets failed: SystemExit: no data for you"],
    "hook_returns_a_number": ["artgan_losses failed: TypeError: 'int' object is not iterable"],
    "hook_returns_none": ["its hooks don't yield anything"],
    "yields_nothing": ["its hooks don't yield anything"],
    "yields_numbers": ["artgan_curators yielded 42 instead of a CuratorSpec"],
    "yields_the_class": ["artgan_models yielded <class 'yields_the_class.Model'> instead of a ModelSpec"],
    "yields_another_kind": ["DatasetSpec(name='stripes'", "instead of a ModelSpec (that is for artgan_datasets)"],
    "yields_unprintables": ["artgan_models yielded a Unprintable instead of a ModelSpec"],
    "yields_for_ever": ["artgan_models failed: ValueError: it yields more than 1000 specs"],
    "bad_name": ["model name 'My Model' is invalid: use lower-case letters"],
    "bad_summary": ["model 'verbose' needs a summary of one line"],
    "bad_target": ["target 'somewhere.Model' should be 'package.module:Class'"],
    "target_is_an_instance": ["command 'seven': target should be a function, a typer.Typer or 'package.module:name'"],
    "future_field": ["unexpected keyword argument 'licence'"],
    "future_api": ["was written for plugin API 99, but this artgan has 1: install a newer artgan"],
    "says_it_twice": ["says-it-twice provides model 'echo' twice"],
}
# These work in part, or until they are used; what they are told to be, if anything.
DOUBTFUL = {
    "takes_a_built_in_name": [
        "model 'dcgan' is also provided by artgan: use takes-a-built-in-name:dcgan for this one."
    ],
    "rivals_one": ["model 'rival' is also provided by rivals-two: use rivals-one:rival for this one."],
    "rivals_two": ["model 'rival' is also provided by rivals-one: use rivals-two:rival for this one."],
    "talks_to_stdout": [],
    "target_is_missing": [],
    "target_is_no_model": [],
    "default_tracker_is_missing": [],
    "metric_raises": [],
}
TARGETS = {"malformed_entry_point": "not a module", "no_such_object": "no_such_object:plugin"}
# Of the plugins above, what can be used.
WORKING = {"past-and-future", "came-before", "echo", "talker", "ghost", "impostor", "rivals-one:rival"}

TRAIN = ("train", "--model", "mlp", "-o", "hidden=16", "--data-option", "images=200", "--batch-size", "16")


def install(site: Path, name: str, target: str | None = None, points: str | None = None) -> None:
    """As a wheel leaves it; the module itself is on the path."""
    distribution = name.replace("_", "-")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    points = points or f"[artgan]\n{distribution} = {target or name}\n"
    (info / "entry_points.txt").write_bytes(points.encode("latin-1"))


@pytest.fixture
def everything(program, tmp_path):
    """Runs artgan with all of them installed."""
    site = tmp_path / "site"
    for name in (*BROKEN, *DOUBTFUL):
        install(site, name, TARGETS.get(name))
    install(site, "no_metadata", "yields_nothing")
    (site / "no_metadata-1.0.dist-info" / "METADATA").unlink()
    path = {"PYTHONPATH": f"{site}:{HERE}"}
    return lambda *arguments, **variables: program(*arguments, **path, **variables)


def test_there_are_thirty():
    assert len(BROKEN) >= 30
    modules = {path.stem for path in HERE.glob("*.py")} - {"__init__", "metric_raises_later"}
    assert modules | {"no_such_module"} == BROKEN.keys() | DOUBTFUL.keys()


def test_each_is_told_with_its_cause_and_the_rest_works(everything):
    done = everything("plugins", "--json")
    assert done.returncode == 0, done.stderr
    found = {plugin["name"]: plugin for plugin in json.loads(done.stdout)["plugins"]}
    for name, causes in BROKEN.items():
        told = " ".join(found[name.replace("_", "-")]["problems"])
        assert told, f"{name} isn't told"
        assert all(cause in told for cause in causes), f"{name}: {told}"
        assert "\n" not in told
    for name, causes in DOUBTFUL.items():
        plugin = found[name.replace("_", "-")]
        assert not plugin["problems"]
        assert all(cause in " ".join(plugin["warnings"]) for cause in causes), f"{name}: {plugin['warnings']}"
    assert "'train' has the same name as a command of artgan itself" in " ".join(
        found["takes-a-built-in-name"]["warnings"]
    )
    assert found["no-metadata"]["distribution"] == "unknown"
    assert not found["dcgan"]["problems"]

    shown = everything("plugins").stdout
    for name, causes in BROKEN.items():
        assert f"{name.replace('_', '-')} (" in shown
        assert all(cause in shown for cause in causes)

    models = everything("models", "--quiet").stdout.split()
    assert {"mlp", "dcgan", "cgan"} | WORKING <= set(models)
    assert "rival" not in models


def test_training_and_exhibiting_work(everything):
    done = everything(*TRAIN, "--steps", "5", "--no-gallery", "--name", "first", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 5
    assert "tracker 'spy' (plugin 'default-tracker-is-missing' of" in done.stderr
    assert "Training without it." in done.stderr
    done = everything("gallery", "--n", "4", "--quiet")
    assert done.returncode == 0, done.stderr
    few = ("--n", "100", "--features", "random", "--no-copies")
    done = everything("evaluate", *few, "--quiet")
    assert done.returncode == 0, done.stderr
    assert "metric 'blind' (plugin 'metric-raises' of metric-raises 1.0) failed: ZeroDivisionError" in done.stderr
    assert "metric 'lost' (plugin 'metric-raises' of metric-raises 1.0) can't be loaded" in done.stderr
    done = everything("evaluate", "--metrics", "blind", *few)
    assert done.returncode == 1
    assert "metric 'blind' (plugin 'metric-raises' of metric-raises 1.0) failed: ZeroDivisionError" in done.stderr


def test_help_and_completion_are_quiet(everything):
    done = everything("--help")
    assert done.returncode == 0
    assert set(done.stderr.split("\n")) == {"hello from the plugin", ""}
    assert "hello" not in done.stdout
    variables = {"_ARTGAN_COMPLETE": "complete_bash", "COMP_WORDS": "artgan train --model past", "COMP_CWORD": "3"}
    assert everything(**variables).stdout.split() == ["past-and-future"]
    assert "plugins are broken: `artgan plugins` says why." in everything("models").stderr


def test_a_package_whose_own_files_are_damaged(program, tmp_path):
    """Even torch can't be imported beside such a package, but here it is named."""
    site = tmp_path / "site"
    install(site, "damaged", points="[artgan]\nthis line has no sign of equality\n")
    install(site, "undecodable", points="[artgan]\nb\xe4r = b\xe4r\n")
    shown = program("plugins", PYTHONPATH=str(site)).stdout
    for name in ("damaged", "undecodable"):
        assert f"{name} ({site}/{name}-1.0.dist-info of {name}" in shown
    assert shown.count("its entry_points.txt can't be read") == 2
    assert "model dcgan" in shown


@pytest.mark.parametrize(
    ("model", "code", "message"),
    [
        ("ghost", 1, "model 'ghost' (plugin 'target-is-missing' of target-is-missing 1.0) can't be loaded"),
        ("impostor", 1, "model 'impostor' (plugin 'target-is-no-model' of target-is-no-model 1.0) isn't a subclass"),
        ("rival", 2, "Several packages provide a model called 'rival': use rivals-one:rival or rivals-two:rival."),
        ("raises", 2, "plugin 'raises' of raises 1.0 is broken: RuntimeError: made for another torch. See"),
    ],
)
def test_asking_for_one_of_them(everything, model, code, message):
    done = everything("train", "--model", model)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_bare_name_stays_with_the_first_party(everything):
    assert "Radford" in everything("models", "dcgan").stdout
    assert "takes-a-built-in-name" in everything("models", "takes-a-built-in-name:dcgan").stderr


def test_nothing_heavy_is_imported(everything, tmp_path):
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "heavy = ('torch', 'numpy', 'pydantic')\n"
        "atexit.register(lambda: print('HEAVY', [n for n in heavy if n in sys.modules], file=sys.stderr))\n"
    )
    for arguments in (["--help"], ["models"], ["plugins"], ["train", "--help"]):
        assert "HEAVY []" in everything(*arguments).stderr


@pytest.fixture
def source(tmp_path, monkeypatch):
    """An entry point whose module is imported from this source."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name, text):
        (tmp_path / f"isolated_{name}.py").write_text(text)
        return EntryPoint(name=name, value=f"isolated_{name}", group="artgan")

    return make


SLOW = """
import time, artgan
time.sleep(0.06)

@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("slow", "Works", "somewhere:Model")
"""


def test_a_slow_import_is_named(source, monkeypatch):
    monkeypatch.setattr(loading, "SLOW_SECONDS", 0.05)
    monkeypatch.setattr(loading, "_entry_points", lambda: ([source("slow", SLOW)], []))
    with pytest.warns(PluginWarning, match="'slow' of unknown \\? took 0.* s to import.*`artgan plugins disable slow`"):
        registry = loading.registry.__wrapped__()
    assert "slow" in registry.of(ModelSpec)
    assert "s to import" in registry.plugins[0].warnings[0]


def test_an_api_that_is_too_old(source, monkeypatch):
    monkeypatch.setattr(loading, "API", 3)
    monkeypatch.setattr(loading, "OLDEST_API", 2)
    (plugin,) = build([source("old", SLOW)]).plugins
    assert plugin.problems == [
        "model 'slow' was written for plugin API 1, but this artgan supports 2 to 3: install a newer version of the "
        "plugin"
    ]


def test_disabled_plugins_are_not_imported(source):
    registry = build([source("bomb", "raise SystemExit")], [("bomb", "by me")])
    assert not registry.plugins[0].problems
    with pytest.raises(UserError, match="plugin 'bomb' of unknown \\? is disabled by me"):
        registry.find(ModelSpec, "bomb")


def test_one_plugin_twice_is_read_twice(source):
    point = source("twin", SLOW)
    registry = build([point, EntryPoint("other", point.value, "artgan")])
    assert "slow" in registry.of(ModelSpec)
    assert "provides model 'slow' twice" in registry.plugins[1].problems[0]
