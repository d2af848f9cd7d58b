"""Downloads a file for a data set: from the first address that works, checked, whole or not at all."""

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
    """Download ``path``, unless it is there. Nothing is written before an address has answered.

    Args:
        urls: addresses of the same file; tried in this order.
        path: the file to make, and its folder too if need be.
        md5: what its MD5 must be, in hexadecimal; None if that isn't known.
        report: called with how many bytes have come.

    Raises:
        ArtganError: if no address gives the file, with the reason of each.
    """
    if path.exists():
        return
    reasons = []
    for url in urls:
        try:
            _download(url, path, md5, report)
            return
        # A ValueError is an address that makes no sense, from a redirection, say.
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
                raise OSError(f"what came ({done:,} bytes) is not the file that was published (MD5 differs)")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
