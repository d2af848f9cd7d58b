"""The exhibit's page: a single HTML file that works offline, straight from a disk."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

_PIXEL_ART = 128
"""Images of up to this many pixels per side are enlarged without smoothing."""


def build_page(
    record: Mapping[str, Any],
    common: Mapping[str, Any],
    own: Sequence[Mapping[str, Any]],
    embedded: Sequence[str] | None,
    first_file: str,
) -> str:
    """Build the page.

    Args:
        record: the record of the exhibit, as in ``exhibit.json``.
        common: metadata that all images share.
        own: the rest of each image's metadata, all with the same keys.
        embedded: each image's PNG in Base64; None: link to the files.
        first_file: file name of image 0, ``"images/00000.png"``; the others are numbered from there.

    Returns:
        The HTML.
    """
    columns = {key: [entry[key] for entry in own] for key in own[0]} if own else {}
    constant = {key: values[0] for key, values in columns.items() if values.count(values[0]) == len(values)}
    folder, _, number = first_file.rpartition("/")
    image, scale = record["image"], record["request"]["scale"]
    data = {
        "n": len(own),
        "common": {**common, **constant},
        "columns": {key: values for key, values in columns.items() if key not in constant},
        "order": ["file_name", *(own[0] if own else ()), *common],
        "files": {"folder": folder, "digits": number.index(".")},
        "images": embedded,
        "width": image["width"] * scale,
        "height": image["height"] * scale,
        "pixelated": max(image["width"], image["height"]) <= _PIXEL_ART,
    }
    facts = [
        _count(record["n"], "image"),
        f"{record['model']} trained on {record['data']}",
        f"run {record['run']}",
        f"seed {record['seed']}",
    ]
    if record["request"]["curate"]:
        facts.insert(1, f"curated from {record['n'] * record['request']['curate']:,}")
    values = {
        "title": html.escape(record["title"] or record["name"]),
        "subtitle": "".join(f"<span>{html.escape(fact)}</span>" for fact in facts),
        "made": html.escape(f"artgan {record['artgan']}, {record['created'][:10]}"),
        # Escape every "<", so that nothing in the data can end the script element or open a comment.
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    template = files("artgan.gallery").joinpath("page.html").read_text(encoding="utf-8")
    values["policy"] = _policy(template)
    # A single pass, so that a title that looks like a placeholder isn't replaced.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def _policy(template: str) -> str:
    """Return a Content-Security-Policy that allows the page's own script and style, and nothing else to run or load."""
    own = {}
    for element in ("script", "style"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", template, re.DOTALL)
        own[element] = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{own['script']}'; style-src 'sha256-{own['style']}'; "
        "img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
