"""The documentation keeps its word: commands parse, names exist, Python runs, links lead somewhere."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

import artgan
from artgan.cli import app
from artgan.config import make_config
from artgan.plugins.loading import registry
from artgan.plugins.options import parse_pairs, resolve
from artgan.plugins.specs import DatasetSpec, LossSpec, ModelSpec
from tests.documents import DOCUMENTS, ROOT, artgan_arguments, blocks, commands

PROGRAM = typer.main.get_command(app)
# What the packages that docs/plugins writes bring; tests/test_tutorial.py and tests/test_guides.py look after those.
OWN = {"pond", "rain", "soft", "progress"}
# Runs that a reader of the docs has made.
RUNS = {"walls", "creatures"}
# Options of other programs that the pages mention.
FOREIGN = {"--nnodes", "--nproc-per-node", "--rdzv-backend", "--rdzv-endpoint"}

ids = [document.relative_to(ROOT).as_posix() for document in DOCUMENTS]
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=ids)

LINES = [line for document in DOCUMENTS for line, _ in commands(document)]
CALLS = sorted({tuple(arguments) for line in LINES for arguments in artgan_arguments(line)})
CALLS = [arguments for arguments in CALLS if arguments[0] not in OWN and arguments[-1] not in ("--help", "--version")]


def parse(arguments: tuple[str, ...]):
    """The command's name and the values of its options; raises what the program would print."""
    command, rest = PROGRAM.commands[arguments[0]], list(arguments[1:])
    while rest and rest[0] in getattr(command, "commands", ()):
        command = command.commands[rest.pop(0)]
    return arguments[0], command.make_context(arguments[0], rest).params


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_commands_parse_and_name_what_exists(arguments):
    name, values = parse(arguments)
    known = registry()
    if name in ("models", "datasets") and values["name"] and values["name"] not in OWN:
        assert values["name"] in known.of({"models": ModelSpec, "datasets": DatasetSpec}[name])
    if name == "train":
        if values["loss"] and values["loss"] not in OWN:
            known.find(LossSpec, values["loss"])
        model, data = values["model"] or "dcgan", values["data"] or "glyphs"
        if model not in OWN and values["options"]:
            pairs = parse_pairs(values["options"], "-o")
            if "members" in pairs:  # the reader's own runs stand where models may
                names = pairs["members"].split(",")
                pairs["members"] = ",".join("dcgan" if name in RUNS else name for name in names)
            resolve(known.find(ModelSpec, model).load().Options, pairs, model)
        if data not in OWN:
            spec = known.find(DatasetSpec, "folder" if "/" in data else data)
            resolve(spec.load().Options, parse_pairs(values["data_options"] or (), "--data-option"), data)


def test_there_are_commands_to_check():
    assert len(CALLS) > 30
    assert {arguments[0] for arguments in CALLS} == set(PROGRAM.commands)


def every_command(group):
    for command in group.commands.values():
        yield command
        if hasattr(command, "commands"):
            yield from every_command(command)


@every_document
def test_options_in_the_text_exist(document):
    known = {"--help", "--version", "--install-completion", "--show-completion"} | FOREIGN
    for command in every_command(PROGRAM):
        for parameter in command.params:
            known.update(parameter.opts, parameter.secondary_opts)
    text = document.read_text(encoding="utf-8")
    for code in re.findall(r"`([^`\n]+)`", text):
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", code):
            assert option in known, f"{document.name} mentions `{code}`"


@every_document
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{document.name} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{document.name} links to {link}"


def anchors(document: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_python_compiles_and_toml_reads(document):
    for block in blocks(document):
        if block.language == "python":
            compile(block.text, document.name, "exec")
        elif block.language == "toml":
            values = tomllib.loads(block.text)
            if "model" in values:
                make_config(values)


@pytest.mark.parametrize(
    "document", [d for d in DOCUMENTS if any("run" in block.flags for block in blocks(d))], ids=lambda d: d.name
)
def test_python_runs(document, tmp_path, monkeypatch):
    """Blocks marked ``run``, one after the other as in a notebook, with short trainings in place of long ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTGAN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("ARTGAN_GALLERY", str(tmp_path / "gallery"))
    train = artgan.train

    def train_briefly(**values):
        return train(**{**values, "steps": 4, "time": None, "batch_size": 16, "data_options": {"images": 200}})

    monkeypatch.setattr(artgan, "train", train_briefly)
    namespace = {}
    for block in blocks(document):
        if "run" in block.flags:
            exec(compile(block.text, document.name, "exec"), namespace)
    if "images" in namespace:
        assert tuple(namespace["images"].shape) == (64, 1, 28, 28)


def test_the_readme_says_how_to_start_and_to_test_and_names_all_there_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for last in ("uv run artgan train", "uv run pytest"):
        assert text.count(f"\n    python3 -m venv .uv && .uv/bin/pip install uv && .uv/bin/{last}\n") == 1
        assert f"$(readme_command '{last}')" in script  # an ordinary user types it there
    assert re.search(r"^ *bare uv run pytest\b", script, re.MULTILINE)
    known = registry()
    for spec in (*known.of(ModelSpec).values(), *known.of(DatasetSpec).values()):
        if known.provider(spec).distribution == "artgan":
            assert f"| `{spec.name}` |" in text


def test_the_changelog_has_this_version():
    assert f"## [{artgan.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
