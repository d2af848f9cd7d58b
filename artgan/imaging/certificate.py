"""Find and read an artist's certificate and key, and check that the pair can sign content credentials.

The requirements for certificates are in the C2PA specification, section "X.509 Certificates" (14.5 in version 2.2).
"""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan.errors import UserError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

CERTIFICATE, KEY, PASSWORD = "ARTGAN_SIGN_CERT", "ARTGAN_SIGN_KEY", "ARTGAN_SIGN_PASSWORD"
"""Environment variables: the two files, and the key's password."""

REQUIRED = (
    "C2PA requires one from a certificate authority, for digital signatures, with an extended key usage of email "
    "protection, document signing or C2PA claim signing"
)
_PURPOSES = {
    "1.3.6.1.5.5.7.3.1": "server authentication",
    "1.3.6.1.5.5.7.3.2": "client authentication",
    "1.3.6.1.5.5.7.3.3": "code signing",
    "1.3.6.1.5.5.7.3.4": "email protection",
    "1.3.6.1.5.5.7.3.36": "document signing",
    "1.3.6.1.4.1.62558.2.1": "C2PA claim signing",
}
_ELLIPTIC = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True)
class Identity:
    """A signer's certificate and key.

    Attributes:
        file: the certificate's file.
        name: the signer's name.
        issuer: the name of the authority that vouches for it.
        expires: the certificate's expiry date.
        purposes: the certificate's extended key usages, in words.
        algorithm: C2PA's name of the signature algorithm: ``"es256"``, ``"ps256"``, ``"ed25519"``.
        sha256: the certificate's fingerprint, in hexadecimal.
        chain: the certificate, then the intermediate ones that vouch for it, in PEM.
        key: the private key in PEM (PKCS 8), without a password.
    """

    file: Path
    name: str
    issuer: str
    expires: datetime
    purposes: tuple[str, ...]
    algorithm: str
    sha256: str
    chain: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"Identity({self.name!r})"  # never the key


def load(certificate: str | os.PathLike[str] | None = None, key: str | os.PathLike[str] | None = None) -> Identity:
    """Read a certificate and its key.

    Args:
        certificate: a PEM file, with the signer's certificate first, then those that vouch for it; or a PKCS 12 file
            (``.p12`` or ``.pfx``), which also holds the key. None or empty: ``ARTGAN_SIGN_CERT``.
        key: a PEM file. None: ``ARTGAN_SIGN_KEY``, else the key in the certificate's file, else ``NAME.key`` beside
            it. ``ARTGAN_SIGN_PASSWORD`` holds its password, if it has one.

    Raises:
        UserError: if one is missing, they aren't a pair, or the certificate can't sign today; the message says what is
            needed.
    """
    named = os.fspath(certificate or "") or os.environ.get(CERTIFICATE)
    if not named:
        raise UserError(f"Signing needs your certificate: give it as --sign CHAIN.pem, or set {CERTIFICATE}.")
    file = Path(named).expanduser()
    content = _read(file, "certificate")
    if file.suffix.lower() in (".p12", ".pfx"):
        secret, chain = _from_pkcs12(file, content)
    else:
        chain = _certificates(file, content)
        secret = _key(*_find_key(file, content, key))
    leaf = chain[0]
    _check(file, leaf, secret)
    return _identity(file, chain, secret)


def _read(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"The {what} {file} can't be read: {error.strerror or error}.") from error


def _certificates(file: Path, content: bytes) -> "list[Certificate]":
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise UserError(
            f"{file} doesn't contain a certificate. It should be a PEM file (-----BEGIN CERTIFICATE-----) with yours "
            "first, then those that vouch for it; or a PKCS 12 file that ends in .p12 or .pfx."
        ) from error


def _find_key(file: Path, content: bytes, given: str | os.PathLike[str] | None) -> tuple[Path, bytes]:
    named = given or os.environ.get(KEY)
    if named:
        path = Path(named).expanduser()
        return path, _read(path, "key")
    if b"PRIVATE KEY-----" in content:
        return file, content
    beside = file.with_suffix(".key")
    if beside != file and beside.is_file():
        return beside, _read(beside, "key")
    raise UserError(
        f"The key of {file} is missing: use --sign-key KEY.pem, set {KEY}, or put the key beside it as {beside.name}."
    )


def _key(file: Path, content: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # The file may also hold certificates.
    start, end = content.find(b"-----BEGIN"), content.rfind(b"-----END")
    for part in content[max(start, 0) : end + 40].split(b"-----BEGIN"):
        if b"PRIVATE KEY-----" in part.partition(b"\n")[0]:
            content = b"-----BEGIN" + part
    try:
        return load_pem_private_key(content, _password())
    except TypeError:  # the password is missing, or not needed
        if _password():
            return load_pem_private_key(content, None)
        raise UserError(f"The key {file} is locked: set {PASSWORD} to its password.") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        if b"ENCRYPTED" in content:
            raise UserError(f"The key {file} can't be unlocked: {PASSWORD} isn't its password.") from error
        raise UserError(
            f"{file} doesn't contain a private key. It should be a PEM file (-----BEGIN PRIVATE KEY-----)."
        ) from error


def _from_pkcs12(file: Path, content: bytes) -> "tuple[Any, list[Certificate]]":
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old ciphers, which users can't do anything about
            secret, leaf, others = load_key_and_certificates(content, _password())
    except ValueError as error:
        raise UserError(
            f"{file} can't be opened: {PASSWORD} should be its password"
            f"{'' if _password() else ', but is not set'}, or it isn't a PKCS 12 file."
        ) from error
    if secret is None or leaf is None:
        missing = "key" if secret is None else "certificate"
        raise UserError(f"{file} doesn't contain a {missing}: export certificate and key together.")
    # Order the chain from the signer up; the order in the file means nothing.
    chain, left = [leaf], list(others)
    while above := next((one for one in left if one.subject == chain[-1].issuer), None):
        chain.append(above)
        left.remove(above)
    return secret, chain


def _password() -> bytes | None:
    return os.environ.get(PASSWORD, "").encode() or None


def _check(file: Path, leaf: "Certificate", secret: Any) -> None:
    """Raise :class:`UserError` for flaws that c2pa would ignore, or report in words that don't help."""
    if leaf.public_key() != secret.public_key():
        raise UserError(
            f"The certificate and the key don't match: the key isn't that of {_name(leaf.subject)!r}, the first "
            f"certificate in {file}. Put your own first, then those that vouch for it."
        )
    now = datetime.now(UTC)
    if now > leaf.not_valid_after_utc:
        raise UserError(
            f"The certificate in {file} expired on {leaf.not_valid_after_utc:%Y-%m-%d}, so it can't sign: renew it."
        )
    if now < leaf.not_valid_before_utc:
        raise UserError(
            f"The certificate in {file} isn't valid until {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC: wait, or "
            "correct this computer's clock."
        )
    if leaf.subject == leaf.issuer:
        raise UserError(f"The certificate in {file} is self-signed, so no one vouches for it. {REQUIRED}.")


def _identity(file: Path, chain: "Sequence[Certificate]", secret: Any) -> Identity:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives import serialization as forms

    leaf = chain[0]
    return Identity(
        file=file,
        name=_name(leaf.subject),
        issuer=_name(leaf.issuer),
        expires=leaf.not_valid_after_utc,
        purposes=_purposes(leaf),
        algorithm=_algorithm(file, secret),
        sha256=leaf.fingerprint(hashes.SHA256()).hex(),
        chain=b"".join(one.public_bytes(forms.Encoding.PEM) for one in chain),
        key=secret.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()),
    )


def _algorithm(file: Path, secret: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(secret, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(secret, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(secret, ec.EllipticCurvePrivateKey) and secret.curve.name in _ELLIPTIC:
        return _ELLIPTIC[secret.curve.name]
    raise UserError(f"C2PA doesn't support the key of {file}: use RSA, P-256, P-384, P-521 or Ed25519.")


def _purposes(leaf: "Certificate") -> tuple[str, ...]:
    from cryptography import x509

    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(_PURPOSES.get(usage.dotted_string, usage.dotted_string) for usage in usages)


def _name(name: Any) -> str:
    """Return the common name, else the organisation, else the whole distinguished name."""
    from cryptography.x509.oid import NameOID

    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return str(name.rfc4514_string()) or "no name"
