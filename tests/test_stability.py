"""docs/stability.md promises what the code keeps."""

import re
from importlib import import_module

import pytest

import artgan
from artgan.cli.errors import INTERRUPTED
from artgan.errors import ArtganError, Collapsed, UserError
from artgan.metrics import history
from artgan.plugins import hookspecs
from artgan.plugins.loading import GROUP
from artgan.plugins.specs import API, OLDEST_API, Spec
from artgan.runs.record import RECORD
from tests.documents import ROOT

TEXT = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
MODULES = sorted(set(re.findall(r"`(artgan(?:\.[a-z_]+)+)`", TEXT)))


@pytest.mark.parametrize("name", MODULES)
def test_what_it_names_is_there(name):
    module, _, last = name.rpartition(".")
    try:
        import_module(name)
    except ModuleNotFoundError:
        assert hasattr(import_module(module), last)


def test_it_names_the_plugin_api():
    assert f"the *plugin API*, which is {API}." in TEXT
    assert Spec.__dataclass_fields__["api"].default == 1
    assert OLDEST_API <= API
    assert f"entry point group `{GROUP}`" in TEXT
    assert hookspecs.hookimpl is artgan.hookimpl


def test_it_names_the_exit_codes():
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)}
    assert codes == {0, ArtganError.exit_code, UserError.exit_code, Collapsed.exit_code, INTERRUPTED}


def test_it_names_the_files():
    for name in (RECORD, history.NAME, "metrics.jsonl", "exhibit.json", "metadata.jsonl"):
        assert f"`{name}`" in TEXT
