"""Content credentials: a signed statement inside a picture of who made it, and how (C2PA, https://c2pa.org).

The statement (a manifest) says that artgan created the picture, that a trained algorithm drew it (IPTC's digital source
type, as in :mod:`artgan.imaging.xmp`), and, in an assertion called :data:`ASSERTION`, what artgan's own metadata say.
Whoever changes the picture or the statement breaks the signature, and every C2PA reader tells.
"""

import io
import os
from pathlib import Path
from typing import Any

from artgan._version import __version__
from artgan.errors import ArtganError, UserError
from artgan.imaging import certificate, png, xmp

ASSERTION = "artgan.picture"
"""Label of the assertion that holds an image's metadata as JSON."""

TYPES = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".mp4": "video/mp4"}
# A thumbnail in each picture's statement would be larger than most pictures, and takes fifty times as long.
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}


class Signer:
    """Signs pictures and films with an artist's certificate. May be used by several threads at once.

    Attributes:
        identity: who signs.
    """

    def __init__(self, identity: certificate.Identity, timestamps: str | None = None) -> None:
        """Make sure, by a trial, that it can be done, before hours of work depend on it.

        Args:
            identity: whose certificate and key.
            timestamps: URL of a time-stamping authority (RFC 3161), asked once a picture; None: nobody is asked.

        Raises:
            UserError: if c2pa-python is missing, or refuses the certificate.
            ArtganError: if there is no answer from ``timestamps``.
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
        """Who signs, for programs."""
        who = self.identity
        return {
            "signed_by": who.name,
            "issuer": who.issuer,
            "expires": who.expires.isoformat(),
            "certificate_sha256": who.sha256,
            "algorithm": who.algorithm,
            "timestamps": self.timestamps,
        }

    def sign(self, content: bytes, name: str, said: dict[str, Any]) -> bytes:
        """A file's contents with credentials in them; checked, so that none are written that don't hold.

        Args:
            content: of a PNG, WebP, GIF or MP4.
            name: the file's, whose suffix says which.
            said: becomes the assertion :data:`ASSERTION`.

        Raises:
            UserError: if the certificate is refused.
            ArtganError: if signing fails for another reason.
        """
        signed = io.BytesIO()
        try:
            with self._c2pa.Builder(_manifest(name, said), self._context) as builder:
                builder.sign(self._signer, TYPES[Path(name).suffix.lower()], io.BytesIO(content), signed)
        except Exception as error:
            raise self._refused(error) from error
        return signed.getvalue()

    def sign_file(self, path: Path, said: dict[str, Any], name: str | None = None) -> None:
        """The same of a file, which is replaced. ``name`` is what it will be called; None: as it is now."""
        path.write_bytes(self.sign(path.read_bytes(), name or path.name, said))

    def _refused(self, error: Exception) -> ArtganError:
        why = str(error).strip() or type(error).__name__
        who = self.identity
        if "certificate" in why or "signing credential" in why.lower():
            purposes = ", ".join(who.purposes) or "none"
            return UserError(
                f"The certificate of {who.name} ({who.file}) can't sign pictures: its extended key usage is "
                f"{purposes}. {certificate.WANTED}."
            )
        if self.timestamps is not None:
            return ArtganError(
                f"No time stamp came from {self.timestamps} ({why}): check the address and the network, or leave "
                "--sign-tsa out."
            )
        return ArtganError(f"Content credentials can't be written: {why}")


def open_signer(
    sign: str | os.PathLike[str] | None,
    key: str | os.PathLike[str] | None = None,
    timestamps: str | None = None,
) -> Signer | None:
    """What ``--sign``, ``--sign-key`` and ``--sign-tsa`` ask for; None if nothing is to be signed.

    Args:
        sign: as :func:`artgan.imaging.certificate.load` takes it; empty: ``ARTGAN_SIGN_CERT``; None: nothing is signed.
        key: likewise.
        timestamps: see :class:`Signer`.

    Raises:
        UserError: for a certificate that can't sign, a missing library, ``key`` or ``timestamps`` without ``sign``.
        ArtganError: if there is no answer from ``timestamps``.
    """
    if sign is None:
        for given, option in ((key, "--sign-key"), (timestamps, "--sign-tsa")):
            if given is not None:
                raise UserError(f"{option} goes with --sign, which says that pictures are to be signed at all.")
        return None
    _library()
    return Signer(certificate.load(sign, key), timestamps)


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise UserError("Signing needs the C2PA library: pip install 'artgan[sign]'.") from error
    return c2pa


def _manifest(name: str, said: dict[str, Any]) -> dict[str, Any]:
    agent = {"name": "artgan", "version": __version__}
    created = {"action": "c2pa.created", "digitalSourceType": xmp.SOURCE_TYPE, "softwareAgent": agent}
    return {
        "claim_generator_info": [agent],
        "title": Path(name).name,
        "format": TYPES[Path(name).suffix.lower()],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            # As JSON, not CBOR: whoever looks into the file can read it.
            {"label": ASSERTION, "kind": "Json", "data": said},
        ],
    }


def _trial() -> bytes:
    import numpy as np

    return png.encode(np.zeros((1, 1, 1), np.uint8))


_TRIAL = _trial()
