"""What hosts and indexes read: the workflow, the issue templates, the citation, the project's addresses."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import artgan
from artgan import _version
from tests.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
URLS = PROJECT["project"]["urls"]
FORMS = [path for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
# https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
ELEMENTS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    return read(ROOT / ".github" / "workflows" / "ci.yml")


def steps(job: dict[str, Any], key: str) -> list[str]:
    return [step[key] for step in job["steps"] if key in step]


def test_the_workflow_runs_everything_on_linux_with_every_python_that_is_promised(workflow):
    job = workflow["jobs"]["linux"]
    assert job["runs-on"] == "ubuntu-latest"
    assert steps(job, "run") == ["bash .ci/run"]
    assert (ROOT / ".ci" / "run").is_file()
    promised = [line.rpartition(" ")[2] for line in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert job["strategy"]["matrix"]["python"] == promised
    assert PROJECT["project"]["requires-python"] == f">={promised[0]}"
    (setup,) = [step for step in job["steps"] if "setup-uv" in step.get("uses", "")]
    assert setup["with"]["python-version"] == "${{ matrix.python }}"


def test_the_workflow_tests_on_other_systems(workflow):
    job = workflow["jobs"]["elsewhere"]
    assert job["runs-on"] == "${{ matrix.os }}"
    assert job["strategy"]["matrix"]["os"] == ["macos-latest", "windows-latest"]
    assert steps(job, "run") == ["uv run pytest"]


def test_the_workflow_is_triggered_limited_and_pinned(workflow):
    triggers = workflow[True]  # YAML 1.1 reads `on` as a truth value
    assert set(triggers) == {"push", "pull_request"}
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
        for action in steps(job, "uses"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_valid(path):
    form = read(path)
    assert form["name"]
    assert form["description"]
    names = [element["id"] for element in form["body"] if element["type"] != "markdown"]
    assert len(names) == len(set(names)) > 0
    for element in form["body"]:
        assert element["type"] in ELEMENTS
        assert element["attributes"]["label" if element["type"] != "markdown" else "value"]


def test_there_is_a_form_for_bugs_features_and_showcases():
    assert [path.stem for path in FORMS] == ["bug", "feature", "showcase"]


def test_vulnerabilities_are_reported_privately():
    private = f"{URLS['Repository']}/security/advisories/new"
    links = read(ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml")["contact_links"]
    assert private in [link["url"] for link in links]
    assert private in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_templates_name_commands_and_files_that_exist(every_option):
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / ".github").rglob("*.*") if path.is_file()]
    for code in re.findall(r"`([^`\n]+)`", "\n".join(texts)):
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", code) if code.startswith("artgan") else ():
            assert option in every_option, code
        if re.fullmatch(r"[\w./-]+\.md|\w+/", code):
            assert (ROOT / code).exists(), code


@pytest.fixture
def every_option() -> set[str]:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    return set(re.findall(r"--[a-z][a-z-]*", text))


def test_the_version_is_said_once_and_followed():
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "artgan/_version.py"
    assert artgan.__version__ == _version.__version__


def test_the_citation_is_valid_and_of_this_version():
    """Citation File Format 1.2.0: https://github.com/citation-file-format/citation-file-format."""
    citation = read(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert all("name" in author or {"family-names", "given-names"} <= set(author) for author in citation["authors"])
    assert citation["type"] == "software"
    assert citation["license"] == PROJECT["project"]["license"]
    assert citation["repository-code"] == URLS["Repository"]
    version, released = str(citation["version"]), str(citation["date-released"])
    assert version == artgan.__version__
    assert date.fromisoformat(released)
    assert f"\n## [{version}] - {released}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_addresses_lead_into_the_repository():
    assert set(URLS) == {"Homepage", "Documentation", "Repository", "Issues", "Changelog"}
    for url in URLS.values():
        assert url.startswith(URLS["Repository"])
        if "/main/" in url:
            assert (ROOT / url.partition("/main/")[2]).exists()


def test_what_the_source_distribution_includes_exists():
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"CITATION.cff", "SECURITY.md", "CHANGELOG.md", "LICENSE"} <= set(included)
    for name in included:
        assert (ROOT / name).exists(), name
