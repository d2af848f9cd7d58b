"""Download a file for a data set: from the first URL that works, verified, whole or not at all."""

import hashlib
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path

from artgan.errors import ArtganError

TIMEOUT_SECONDS = 20
BLOCK_BYTES = 1 << 18


def download(
    urls: Sequence[str], path: Path, md5: str | None = None, report: Callable[[int], None] = lambda done: None
) -> None:
    """Download ``path`` unless it exists. Nothing is written before a server has answered.

    Args:
        urls: URLs of the same file, tried in this order.
        path: the file to write; its folder is created if need be.
        md5: the file's MD5 in hexadecimal; None if it isn't known.
        report: called with the number of bytes received so far.

    Raises:
        ArtganError: if no URL provides the file, with the reason for each.
    """
    if path.exists():
        return
    reasons = []
    for url in urls:
        try:
            _download(url, path, md5, report)
            return
        # A ValueError means a malformed URL, perhaps from a redirect.
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"{url}: {getattr(error, 'reason', None) or error}")
    raise ArtganError("; ".join(reasons))


def _download(url: str, path: Path, md5: str | None, report: Callable[[int], None]) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "artgan"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")
        try:
            digest, done = hashlib.md5(usedforsecurity=False), 0
            with open(partial, "xb") as file:
                while block := answer.read(BLOCK_BYTES):
                    file.write(block)
                    digest.update(block)
                    done += len(block)
                    report(done)
            if md5 and digest.hexdigest() != md5:
                raise OSError(f"the {done:,} bytes received aren't the published file (MD5 mismatch)")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
