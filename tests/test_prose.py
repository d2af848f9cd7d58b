"""Docstrings, messages and documents read as a native engineer would write them: see tests/prose.py."""

import pytest

from tests import prose, prose_rules
from tests.documents import ROOT

FILES = prose.files(ROOT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_worded_awkwardly(path):
    found = prose.findings(path)
    assert not found, "\n" + "\n".join(map(str, found))


def test_everything_is_read():
    names = {path.relative_to(ROOT).as_posix() for path in FILES}
    assert {"README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "docs/training.md"} <= names
    assert {"artgan/__init__.py", "artgan/cli/train.py", "plugins/artgan_plugins/models/dcgan.py"} <= names
    assert {name.rpartition("/")[2] for name in names} >= {"module.py.in", "pyproject.toml.in", "page.html", "bug.yml"}
    assert len([name for name in names if name.startswith("artgan/")]) > 150


def found_in(text, kind="text"):
    return [phrase for _, phrase, _ in prose.check(prose.Passage(1, text, kind))]


@pytest.mark.parametrize("rule", prose_rules.RULES, ids=lambda rule: rule.bad)
def test_every_rule_finds_its_example_and_no_other_way_to_say_it(rule):
    for text in (rule.bad, rule.bad.replace(" ", "\n    ")):
        told = [instead for _, _, instead in prose.check(prose.Passage(1, text))]
        assert rule.instead in told, text
    assert found_in(rule.good) == []


@pytest.mark.parametrize(
    "text",
    [
        "There is no run called x, and it is no longer there.",
        "Whether there are no images is no reason to stop.",
        "`is no duration` is code, and so is ``nobody``.",
        "See https://example.org/nobody and [this](nobody.md).",
        "Nobody wrote these digits.",
        "pictures that nobody drew",
        "It gives a label, reads a file and makes a picture an hour later.",
        "steps per second",
        "the images a run has made, and the steps a model needs",
        "It is no faster, and of no use.",
        "There is a lot of a few.",
        "It may be said to work.",
        "the run, whose model is a GAN",
    ],
)
def test_native_sentences_pass(text):
    assert found_in(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "wrong"),
    [
        ("What a run keeps.", "docstring", True),
        ("To whom it may concern.", "docstring", True),
        ("A run as data.", "docstring", False),
        ("The latent whose image is nearest.", "docstring", False),
        ("Whether it fits.", "function", True),
        ("Images (N, C, H, W).", "function", True),
        ("Shape (C, H, W).", "function", True),
        ("Mean of all losses.", "function", True),
        ("The file's name.", "function", True),
        ("``name`` as text.", "function", True),
        ("Returns the name.", "function", True),
        ("", "function", True),
        ("Return whether it fits.", "function", False),
        ("fsync a file.", "function", False),
        ("Open, or create, a run.", "function", False),
    ],
)
def test_docstrings_begin_as_they_should(text, kind, wrong):
    assert bool(found_in(text, kind)) == wrong


SOURCE = '''"""How it works."""

MODE = "x"
"""What is done."""


class Thing:
    """Those who know."""

    def go(self):
        """Images."""
        raise ValueError(f"{self} is no {MODE}: {'that is no' if MODE else ''}" f", and a row a label")

    @property
    def name(self):
        """The name."""
        return "first line\\nsecond is no line"
'''


def test_docstrings_and_messages_are_found_with_their_lines(tmp_path):
    (tmp_path / "thing.py").write_text(SOURCE)
    found = [(finding.line, finding.phrase) for finding in prose.findings(tmp_path / "thing.py")]
    assert [line for line, _ in found] == [1, 4, 8, 11, 12, 12, 18]
    assert [phrase for _, phrase in found][-3:] == ["a row a label", "is no {", "is no line"]


def test_documents_are_read_with_their_tables_and_the_python_in_them(tmp_path):
    page = tmp_path / "page.md"
    page.write_text('# Page\n\n| a | is no\nlonger b | is no table |\n\n```python\ndef f():\n    """Whether."""\n```\n')
    assert [(finding.line, finding.phrase) for finding in prose.findings(page)] == [(4, "is no table"), (8, "Whether.")]


def test_templates_are_read(tmp_path):
    template = tmp_path / "module.py.in"
    template.write_text('"""$summary: a $title for artgan."""\n\n\nclass ${class_name}:\n    """Whose it is."""\n')
    assert [finding.line for finding in prose.findings(template)] == [5, 5]


def test_the_command_says_where_what_and_what_instead(tmp_path, capsys):
    (tmp_path / "page.md").write_text("A run called x is there already.\n")
    assert prose.main([str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == f"{tmp_path / 'page.md'}:1: 'is there already': write \"already exists\"\n"
    assert shown.err == "1 phrases in 1 of 1 files\n"
    (tmp_path / "page.md").write_text("Run x already exists.\n")
    assert prose.main([str(tmp_path / "page.md")]) == 0
