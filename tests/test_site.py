"""The documentation as a site: it builds without a warning, asks no other host for anything, and is complete."""

import html
import inspect
import re
import subprocess
import sys

import pytest

import artgan
from artgan import testing
from artgan.plugins.specs import KINDS
from tests.documents import DOCUMENTS, ROOT, blocks

pytestmark = pytest.mark.xdist_group("site")  # it is built once
pytest.importorskip("mkdocstrings", reason="the group docs isn't installed: uv sync --group docs")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_nothing_is_fetched_from_other_hosts(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:script|img|iframe)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^>]*>", text)
        fetched += re.findall(r"<link\b[^>]*\bhref=[\"']?(?:https?:)?//[^>]*>", text)
        assert not fetched, page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style


@pytest.mark.parametrize(
    "document",
    [document for document in DOCUMENTS if document.is_relative_to(ROOT / "docs") and blocks(document)],
    ids=lambda document: document.relative_to(ROOT / "docs").as_posix(),
)
def test_pages_show_the_blocks_of_their_files(site, document):
    """So what the tests do with the files holds for those who read the pages."""
    page = site / document.relative_to(ROOT / "docs").with_suffix(".html")
    text = page.read_text(encoding="utf-8")
    shown = [html.unescape(re.sub(r"<[^>]+>", "", code)) for code in re.findall(r"<code>(.*?)</code>", text, re.DOTALL)]
    for block in blocks(document):
        assert block.text.strip() in [code.strip() for code in shown]
        assert block.title is None or f">{block.title}</span>" in text


def test_the_reference_has_all_that_is_public(site):
    text = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    hooks = [f"artgan.plugins.hookspecs.{kind.hook}" for kind in KINDS]
    names = [f"artgan.{name}" for name in artgan.__all__ if name != "__version__"]
    for name in (*names, *hooks, *(f"artgan.testing.{name}" for name in testing.__all__)):
        assert f'id="{name}"' in text or f">{name}<" in text, name


def test_docstrings_are_shown_as_markdown(site):
    text = (site / "reference" / "hooks.html").read_text(encoding="utf-8")
    assert "Example::" not in text
    assert ":class:" not in text
    for page in (site / "reference").glob("*.html"):
        assert ":meth:`" not in page.read_text(encoding="utf-8")


def test_public_docstrings_exist():
    for name in artgan.__all__:
        value = getattr(artgan, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
