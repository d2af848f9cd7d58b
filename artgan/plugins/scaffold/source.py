"""Find out where artgan was installed from, so that uv finds the same one for a new package."""

import json
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

HINT = """
# This artgan wasn't installed from a package index, so this tells uv where to find it. It only affects this folder,
# not the packages that you build from it. Remove it once you install artgan from an index.
[tool.uv.sources]
artgan = {{ {where} }}
"""


def uv_sources() -> str:
    """Return a ``[tool.uv.sources]`` table for pyproject.toml; empty if artgan came from an index."""
    where = _where()
    return HINT.format(where=where) if where else ""


def _where() -> str:
    """Return artgan's origin as PEP 610 records it; empty if that was an index."""
    try:
        text = metadata.distribution("artgan").read_text("direct_url.json")
        origin = json.loads(text) if text else {}
        url = str(origin.get("url", ""))
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return ""
    if "vcs_info" in origin:
        vcs = origin["vcs_info"]
        return f"{vcs['vcs']} = {json.dumps(url)}, rev = {json.dumps(vcs['commit_id'])}" if vcs["vcs"] == "git" else ""
    if not url.startswith("file:"):
        return f"url = {json.dumps(url)}" if url else ""
    path = Path(url2pathname(urlsplit(url).path))
    if not path.exists():
        return ""
    editable = ", editable = true" if origin.get("dir_info", {}).get("editable") else ""
    return f"path = {json.dumps(str(path))}{editable}"
