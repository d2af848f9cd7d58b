"""A package that is called calls a function, and is a package still."""

import importlib
import pickle
import sys

import pytest

from artgan.compat.callable_module import call_as


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "verb").mkdir()
    (tmp_path / "verb" / "__init__.py").write_text('"""A verb."""\nvalue = 1\n')
    (tmp_path / "verb" / "part.py").write_text("def act(*arguments, **keywords):\n    return arguments, keywords\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield importlib.import_module("verb")
    for name in ("verb", "verb.part"):
        sys.modules.pop(name, None)


def test_calling_it_calls_the_function_which_is_imported_then(package):
    call_as("verb", "verb.part:act")
    assert "verb.part" not in sys.modules
    assert package(1, two=2) == ((1,), {"two": 2})
    assert importlib.import_module("verb.part").act is package.part.act
    assert package(3) == ((3,), {})  # the import of a part changes nothing


def test_it_is_a_package_still(package):
    call_as("verb", "verb.part:act")
    assert (package.value, package.__doc__, package.__name__) == (1, "A verb.", "verb")
    assert importlib.reload(package) is package
    assert pickle.loads(pickle.dumps(importlib.import_module("verb.part").act)) is package.part.act
