"""Each workaround has a reason, the versions it was seen to work with, and tests."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from artgan import compat

MODULES = [found.name for found in pkgutil.iter_modules(compat.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_a_workaround_says_why_and_what_it_was_tested_with(name):
    module = importlib.import_module(f"artgan.compat.{name}")
    assert re.search(r"^Reasons?: ", module.__doc__, re.MULTILINE)
    assert module.TESTED
    assert all(re.fullmatch(r"\d+\.\d+", version) for versions in module.TESTED.values() for version in versions)
    assert f":mod:`.{name}`" in compat.__doc__
    assert Path(__file__).with_name(f"test_{name}.py").exists()
