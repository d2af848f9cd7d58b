"""The framework names no plugin: what it takes by default, plugins declare."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

import artgan
from artgan.config import make_config
from artgan.plugins.loading import registry
from artgan.plugins.specs import CuratorSpec, DatasetSpec, LossSpec, MetricSpec, ModelSpec
from tests.documents import ROOT

PLUGINS = frozenset(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["artgan"])
# Plugins that are called by an ordinary word: in a sentence, it doesn't mean them.
WORDS = frozenset(
    {"archive", "balanced", "best", "exhibit", "folder", "hinge", "hybrid", "mosaic", "non-saturating", "varied"}
)
# And these are names of something else, too: of a checkpoint, of what can be evaluated, of an attribute, of a library.
OTHERS = frozenset({"best", "exhibit", "folder", "relativistic", "torchvision"})
# Calls and keywords that hold what only people read.
HELP_CALLS, HELP_KEYWORDS = frozenset({"examples"}), frozenset({"help", "default_help", "epilog"})


def plugins_named(source: str) -> list[tuple[int, str]]:
    """Lines of Python source whose code has a plugin's name in a string; docstrings and help don't count."""
    tree = ast.parse(source)
    passed_over = {id(node) for part in _for_people(tree) for node in ast.walk(part)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            words = {node.value} | (set(re.findall(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*", node.value)) - WORDS)
            found += [(node.lineno, word) for word in sorted(words & PLUGINS - OTHERS)]
    return found


def _for_people(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node  # a docstring, or one of an attribute
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in HELP_CALLS:
            yield node
        elif isinstance(node, ast.keyword) and node.arg in HELP_KEYWORDS:
            yield node.value


def test_no_code_names_a_plugin():
    files = sorted((ROOT / "artgan").rglob("*.py"))
    assert len(files) > 200
    found = {str(path.relative_to(ROOT)): plugins_named(path.read_text(encoding="utf-8")) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('model = "dcgan"', ["dcgan"]),
        ('CURATOR = "balanced"', ["balanced"]),
        ('if name in ("fid", "kid"): pass', ["fid", "kid"]),
        ('raise UserError(f"take --loss wasserstein in place of {name}")', ["wasserstein"]),
        ('"""The default is dcgan."""\nmodel = pick()', []),
        ('option(help="What to train (dcgan)")\nexamples(("artgan train --model dcgan", ""))', []),
        ('print("the best of a folder, balanced")', []),
    ],
)
def test_names_would_be_found(source: str, found: list[str]):
    assert [name for _, name in plugins_named(source)] == found


def test_the_defaults_are_declared_by_plugins():
    config = make_config({})
    assert (config.model, config.data, config.evaluate_metrics) == ("dcgan", "glyphs", ["fid"])
    assert artgan.GANOptions().loss == "non-saturating"
    assert registry().default(CuratorSpec) == "balanced"


@pytest.mark.parametrize("kind", [ModelSpec, DatasetSpec, LossSpec, MetricSpec, CuratorSpec])
def test_each_kind_has_one_default(kind: type):
    assert [name for name, spec in registry().of(kind).items() if spec.default] == [registry().default(kind)]


def test_help_names_the_defaults(program):
    said = program("train", "--help", COLUMNS="200").stdout
    for kind in (ModelSpec, DatasetSpec, MetricSpec):
        assert re.search(rf"\b{re.escape(registry().default(kind))}\b", said)
