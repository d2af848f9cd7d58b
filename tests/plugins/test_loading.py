"""Whatever a plugin does, everything else goes on working, and the cause is told."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from artgan import DatasetSpec, ModelSpec, UserError, hookimpl
from artgan.plugins.loading import build


@pytest.fixture
def point(monkeypatch):
    """An entry point whose module holds these names."""

    def make(name, **contents):
        module = ModuleType(f"fake_{name}")
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return EntryPoint(name=name, value=module.__name__, group="artgan")

    return make


@pytest.fixture
def source(tmp_path, monkeypatch):
    """An entry point whose module is imported from this source."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name, text):
        (tmp_path / f"source_{name}.py").write_text(text)
        return EntryPoint(name=name, value=f"source_{name}", group="artgan")

    return make


def brings(*specs):
    @hookimpl
    def artgan_models():
        yield from specs

    return artgan_models


def spec(name):
    return ModelSpec(name, "A model", "somewhere:Model")


@pytest.fixture
def good(point):
    """A plugin that is read last and must work whatever the others do."""
    return point("zz_good", artgan_models=brings(spec("good")))


def problems(registry):
    assert "good" in registry.of(ModelSpec)
    assert not registry.plugins[-1].problems
    return [problem for plugin in registry.plugins for problem in plugin.problems]


def test_models_and_data_sets_are_found(point):
    @hookimpl
    def artgan_datasets():
        return [DatasetSpec("stripes", "Grey stripes", "somewhere:Stripes")]

    registry = build([point("both", artgan_models=brings(spec("tiny")), artgan_datasets=artgan_datasets)])
    assert registry.find(ModelSpec, "tiny").summary == "A model"
    assert registry.find(DatasetSpec, "stripes").name == "stripes"
    assert registry.provider(registry.find(ModelSpec, "tiny")).name == "both"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("raise RuntimeError('made for\\n another torch')", "RuntimeError: made for another torch"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import nonexistent_module", "ModuleNotFoundError: No module named 'nonexistent_module'"),
        ("class Quits(BaseException): pass\nraise Quits", "Quits"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_failing_on_import(source, good, text, cause):
    (found,) = problems(build([source("bad", text), good]))
    assert found.startswith(cause)


def test_ctrl_c_passes(source):
    with pytest.raises(KeyboardInterrupt):
        build([source("interrupted", "raise KeyboardInterrupt")])


def test_a_name_that_one_package_brings_twice(point, good):
    first, second = spec("same"), spec("same")
    registry = build([point("a", artgan_models=brings(first)), point("b", artgan_models=brings(second)), good])
    assert registry.find(ModelSpec, "same") is first
    assert problems(registry) == ["unknown provides model 'same' twice"]


def test_rubbish_is_told_and_the_rest_of_the_plugin_works(point, good):
    registry = build([point("a", artgan_models=brings(42, spec("fine"), "x" * 500)), good])
    first, second = problems(registry)
    assert first == "artgan_models yielded 42 instead of a ModelSpec"
    assert len(second) < 200
    assert "fine" in registry.of(ModelSpec)


def test_what_is_not_iterable(point, good):
    @hookimpl
    def artgan_models():
        return 7

    (found,) = problems(build([point("a", artgan_models=artgan_models), good]))
    assert "TypeError" in found
    assert "artgan_models failed" in found


def test_failing_midway_keeps_what_came_before(point, good):
    @hookimpl
    def artgan_models():
        yield spec("first")
        yield ModelSpec("Bad Name", "A model", "somewhere:Model")

    registry = build([point("a", artgan_models=artgan_models), good])
    assert "first" in registry.of(ModelSpec)
    assert problems(registry) == [
        "artgan_models failed: ValueError: model name 'Bad Name' is invalid: use lower-case letters, digits, "
        "'-', '_' and '.'"
    ]


def test_no_hooks(point, good):
    def artgan_models():
        yield spec("unmarked")

    registry = build([point("a", artgan_models=artgan_models), point("b"), good])
    assert len(problems(registry)) == 2
    assert all("@artgan.hookimpl" in problem for problem in problems(registry))


def test_a_hook_that_does_not_exist_is_held_against_its_plugin_only(point, good):
    @hookimpl
    def artgan_modles():
        yield spec("misspelt")

    (found,) = problems(build([point("a", artgan_modles=artgan_modles), good]))
    assert "artgan_modles" in found


def test_a_broken_plugin_is_named_when_asked_for(source):
    registry = build([source("wanted", "raise RuntimeError('no')")])
    with pytest.raises(UserError, match=r"plugin 'wanted' of unknown \? is broken: RuntimeError: no"):
        registry.find(ModelSpec, "wanted")


def test_what_a_plugin_prints_goes_to_stderr(source, capsys):
    build([source("loud", "print('hello')")])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello" in captured.err
