"""A MkDocs hook that adds the repository's other documents to the site, and adapts links.

The Markdown files are written to be read in a checkout, so links between them are paths there.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "README.md": "index.md",
}
"""Documents outside docs/, and their pages on the site."""

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(?=[)#])")
_FLAGS = re.compile(r"^(```\w+.*?)(?: (?:run|written))+$", re.MULTILINE)


def on_files(files: Any, config: Any) -> Any:
    """Add the documents outside docs/."""
    for document, page in PAGES.items():
        if not files.get_file_from_path(page):
            files.append(File.generated(config, page, content=(ROOT / document).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Rewrite links, and remove the markers for the tests."""
    path = page.file.src_uri
    folder = posixpath.dirname(path)
    documents = {there: here for here, there in PAGES.items() if there != "index.md"}
    origin = posixpath.dirname(documents.get(path, f"docs/{path}"))

    def rewrite(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(origin, link[1]))
        inside = PAGES.get(target) or target.removeprefix("docs/")
        return posixpath.relpath(inside, folder or ".")

    return _FLAGS.sub(r"\1", _LINK.sub(rewrite, markdown))
