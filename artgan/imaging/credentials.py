"""Content credentials: a signed statement inside a picture of who made it and how (C2PA, https://c2pa.org).

The statement (a manifest) says that artgan created the picture and that a trained algorithm drew it (IPTC's digital
source type, as in :mod:`artgan.imaging.xmp`). An assertion called :data:`ASSERTION` repeats artgan's own metadata.
Changing the picture or the statement breaks the signature, which every C2PA reader reports.
"""

import io
import os
from pathlib import Path
from typing import Any

from artgan._version import __version__
from artgan.errors import ArtganError, UserError
from artgan.imaging import certificate, png, xmp

ASSERTION = "artgan.picture"
"""Label of the assertion with an image's metadata as JSON."""

TYPES = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".mp4": "video/mp4"}
# A thumbnail in each statement would be larger than most pictures, and take fifty times as long.
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}


class Signer:
    """Signs pictures and videos with an artist's certificate. Safe to use from several threads at once.

    Attributes:
        identity: the signer's certificate and key.
    """

    def __init__(self, identity: certificate.Identity, timestamps: str | None = None) -> None:
        """Sign a trial picture, so that a problem shows before hours of work.

        Args:
            identity: the signer's certificate and key.
            timestamps: URL of a time-stamping authority (RFC 3161), asked once per picture; None: no time stamps.

        Raises:
            UserError: if c2pa-python is missing, or refuses the certificate.
            ArtganError: if ``timestamps`` doesn't answer.
        """
        self.identity, self.timestamps = identity, timestamps
        self._c2pa = _library()
        info = self._c2pa.C2paSignerInfo(identity.algorithm, identity.chain, identity.key, timestamps)
        self._context = self._c2pa.Context.from_dict(_SETTINGS)
        try:
            self._signer = self._c2pa.Signer.from_info(info)
        except Exception as error:
            raise self._refused(error) from error
        self.sign(_TRIAL, "trial.png", {})

    def record(self) -> dict[str, Any]:
        """Return a description of the signer for ``--json`` and records."""
        signer = self.identity
        return {
            "signed_by": signer.name,
            "issuer": signer.issuer,
            "expires": signer.expires.isoformat(),
            "certificate_sha256": signer.sha256,
            "algorithm": signer.algorithm,
            "timestamps": self.timestamps,
        }

    def sign(self, content: bytes, name: str, metadata: dict[str, Any]) -> bytes:
        """Return a file's contents with credentials embedded. They are checked, so that no invalid ones are written.

        Args:
            content: the contents of a PNG, WebP, GIF or MP4.
            name: the file's name; its suffix gives the format.
            metadata: becomes the assertion :data:`ASSERTION`.

        Raises:
            UserError: if the certificate is refused.
            ArtganError: if signing fails for another reason.
        """
        signed = io.BytesIO()
        try:
            with self._c2pa.Builder(_manifest(name, metadata), self._context) as builder:
                builder.sign(self._signer, TYPES[Path(name).suffix.lower()], io.BytesIO(content), signed)
        except Exception as error:
            raise self._refused(error) from error
        return signed.getvalue()

    def sign_file(self, path: Path, metadata: dict[str, Any], name: str | None = None) -> None:
        """Sign a file in place; see :meth:`sign`. ``name`` is its final name (None: its current one)."""
        path.write_bytes(self.sign(path.read_bytes(), name or path.name, metadata))

    def _refused(self, error: Exception) -> ArtganError:
        why = str(error).strip() or type(error).__name__
        signer = self.identity
        if "certificate" in why or "signing credential" in why.lower():
            purposes = ", ".join(signer.purposes) or "none"
            return UserError(
                f"The certificate of {signer.name} ({signer.file}) can't sign pictures: its extended key usage is "
                f"{purposes}. {certificate.REQUIRED}."
            )
        if self.timestamps is not None:
            return ArtganError(
                f"{self.timestamps} didn't return a time stamp ({why}): check the address and the network, or drop "
                "--sign-tsa."
            )
        return ArtganError(f"Content credentials can't be written: {why}")


def open_signer(
    sign: str | os.PathLike[str] | None,
    key: str | os.PathLike[str] | None = None,
    timestamps: str | None = None,
) -> Signer | None:
    """Return the signer that ``--sign``, ``--sign-key`` and ``--sign-tsa`` ask for, or None to sign nothing.

    Args:
        sign: the certificate, as :func:`artgan.imaging.certificate.load` takes it; empty: ``ARTGAN_SIGN_CERT``; None:
            sign nothing.
        key: the key, as :func:`artgan.imaging.certificate.load` takes it.
        timestamps: see :class:`Signer`.

    Raises:
        UserError: for a certificate that can't sign, a missing library, or ``key`` or ``timestamps`` without ``sign``.
        ArtganError: if ``timestamps`` doesn't answer.
    """
    if sign is None:
        for given, option in ((key, "--sign-key"), (timestamps, "--sign-tsa")):
            if given is not None:
                raise UserError(f"{option} needs --sign, which turns signing on.")
        return None
    _library()
    return Signer(certificate.load(sign, key), timestamps)


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise UserError("Signing needs the C2PA library: pip install 'artgan[sign]'.") from error
    return c2pa


def _manifest(name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    agent = {"name": "artgan", "version": __version__}
    created = {"action": "c2pa.created", "digitalSourceType": xmp.SOURCE_TYPE, "softwareAgent": agent}
    return {
        "claim_generator_info": [agent],
        "title": Path(name).name,
        "format": TYPES[Path(name).suffix.lower()],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            # As JSON rather than CBOR, so that people can read it in the file.
            {"label": ASSERTION, "kind": "Json", "data": metadata},
        ],
    }


def _trial() -> bytes:
    import numpy as np

    return png.encode(np.zeros((1, 1, 1), np.uint8))


_TRIAL = _trial()
