"""Content credentials: what signed pictures say, that tampering shows, and which certificates can sign."""

import datetime
import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

from artgan.api.gallery import gallery as make_exhibit
from artgan.api.interpolate import interpolate
from artgan.errors import ArtganError, UserError
from artgan.gallery import recreate
from artgan.imaging import certificate, credentials, png

c2pa = pytest.importorskip("c2pa", reason="needs the extra sign")
x509 = pytest.importorskip("cryptography.x509")

from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives import serialization as forms  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
EMAIL, SERVER = ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SERVER_AUTH


class Authority:
    """Gives certificates, as no real authority would: of any age, for anything."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._make("A test's authority", self.key, None, NOW + 30 * DAY, is_authority=True)

    def _make(self, name, key, purpose, end, *, is_authority=False, itself=False):
        def named(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        issuer = named(name if itself else "A test's authority")
        usage = x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False)
        parts = [
            (x509.BasicConstraints(is_authority, None), True),
            (usage, True),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False),
        ]
        if purpose is not None:
            parts.append((x509.ExtendedKeyUsage([purpose]), False))
        builder = x509.CertificateBuilder(issuer, named(name), key.public_key(), 77, NOW - 9 * DAY, end)
        for part, critical in parts:
            builder = builder.add_extension(part, critical)
        signing = key if itself else self.key
        return builder.sign(signing, hashes.SHA256())

    def give(self, key, *, purpose=EMAIL, end=NOW + 9 * DAY, itself=False):
        return self._make("Ada of the tests", key, purpose, end, itself=itself)


def pem(*certificates) -> bytes:
    return b"".join(one.public_bytes(forms.Encoding.PEM) for one in certificates)


def key_pem(key, password: bytes | None = None) -> bytes:
    locked = forms.BestAvailableEncryption(password) if password else forms.NoEncryption()
    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, locked)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def chain(tmp_path, authority, key):
    """A certificate that can sign, and its key beside it."""
    path = tmp_path / "ada.pem"
    path.write_bytes(pem(authority.give(key), authority.certificate))
    path.with_suffix(".key").write_bytes(key_pem(key))
    return path


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch):
    for name in (certificate.CERTIFICATE, certificate.KEY, certificate.PASSWORD):
        monkeypatch.delenv(name, raising=False)


def read(content: bytes, authority: Authority | None = None, kind: str = "image/png"):
    """What c2pa's own reader makes of it: a verdict, and the statement."""
    trust = {"trust": {"trust_anchors": pem(authority.certificate).decode()}} if authority else {}
    with c2pa.Reader(kind, io.BytesIO(content), context=c2pa.Context.from_dict(trust)) as reader:
        return reader.get_validation_state(), reader.get_active_manifest()


def assertions(manifest) -> dict:
    return {one["label"]: one["data"] for one in manifest["assertions"]}


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes of JUMBF (ISO 19566-5, annex A), superboxes opened, in order: an independent look into a PNG."""
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + size]
        found += boxes(body) if kind == b"jumb" else [(kind, body)]
        at += size
    return found


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        found.append((kind, content[at + 8 : at + 8 + size]))
        at += size + 12
    return found


def test_signed_pictures_say_who_made_them_and_how(run, chain, authority, tmp_path):
    exhibit = make_exhibit(run, n=3, seed=5, gallery_dir=tmp_path / "g", sign=chain)
    for line, path in zip(exhibit.metadata(), exhibit.images, strict=True):
        verdict, manifest = read(path.read_bytes(), authority)
        assert verdict == "Trusted"
        assert manifest["signature_info"]["common_name"] == "Ada of the tests"
        assert manifest["claim_generator_info"][0]["name"] == "artgan"
        said = assertions(manifest)
        (action,) = said["c2pa.actions.v2"]["actions"]
        assert (action["action"], action["digitalSourceType"]) == ("c2pa.created", SOURCE_TYPE)
        assert said[credentials.ASSERTION] == {key: value for key, value in line.items() if key != "file_name"}
    verdict, manifest = read(exhibit.sheet.read_bytes(), authority)
    assert verdict == "Trusted"
    assert assertions(manifest)[credentials.ASSERTION]["images"] == 3
    assert exhibit.record["credentials"]["signed_by"] == "Ada of the tests"
    assert "PRIVATE" not in json.dumps(exhibit.record)
    assert str(chain) not in json.dumps(exhibit.record)


def test_an_independent_look_into_the_file_finds_the_same(run, chain, tmp_path):
    path = make_exhibit(run, n=1, seed=5, gallery_dir=tmp_path / "g", sign=chain).images[0]
    content = path.read_bytes()
    (store,) = [body for kind, body in chunks(content) if kind == b"caBX"]
    said = [json.loads(body) for kind, body in boxes(store) if kind == b"json"]
    assert [(one["run"], one["seed"], one["index"]) for one in said] == [("tiny-001", 5, 0)]
    assert SOURCE_TYPE.encode() in store
    # What was there before is still there, for programs that have never heard of C2PA.
    with Image.open(path) as picture:
        picture.load()
        assert json.loads(picture.text["artgan"])["seed"] == 5
    image = pytest.importorskip("pyexiv2").Image(str(path))
    assert image.read_xmp()["Xmp.iptcExt.DigitalSourceType"] == SOURCE_TYPE
    image.close()


def test_signing_changes_nothing_but_adds_a_chunk(run, chain, tmp_path):
    plain = make_exhibit(run, n=2, gallery_dir=tmp_path / "g")
    signed = make_exhibit(run, n=2, gallery_dir=tmp_path / "g", sign=chain)
    for one, other in zip(plain.images, signed.images, strict=True):
        without = [chunk for chunk in chunks(other.read_bytes()) if chunk[0] != b"caBX"]
        assert without == chunks(one.read_bytes())
    assert plain.record["credentials"] is None


def test_tampering_shows(run, chain, authority, tmp_path):
    path = make_exhibit(run, n=1, gallery_dir=tmp_path / "g", sign=chain).images[0]
    content = path.read_bytes()
    pixels = np.asarray(Image.open(path)).copy()
    pixels[3, 3] ^= 1
    repainted = png.insert(png.encode(pixels[..., None]), png.annotations(content))
    reworded = content.replace(b'"seed": 0', b'"seed": 9')
    resigned = content.replace(b'"seed":0', b'"seed":9')  # in the statement itself
    for changed in (repainted, reworded, resigned):
        assert changed != content
        assert read(changed, authority)[0] == "Invalid"


def test_signed_pictures_are_made_again_with_their_credentials(run, chain, authority, tmp_path, monkeypatch):
    monkeypatch.setattr(recreate, "find_folder", lambda name, runs_dir: run)
    path = make_exhibit(run, n=3, scale=2, gallery_dir=tmp_path / "g", sign=chain).images[2]
    again = recreate.recreate(path, tmp_path / "again.png")
    assert again.signed
    assert again.path.read_bytes() == path.read_bytes()
    assert read(again.path.read_bytes(), authority)[0] == "Trusted"
    plain = make_exhibit(run, n=1, gallery_dir=tmp_path / "g").images[0]
    assert not recreate.recreate(plain, tmp_path / "plain.png").signed


@pytest.mark.parametrize(("name", "kind"), [("a.webp", "image/webp"), ("a.gif", "image/gif"), ("a.mp4", "video/mp4")])
def test_films_are_signed_too(run, chain, authority, tmp_path, name, kind):
    if name.endswith(".mp4"):
        pytest.importorskip("av")
    film = interpolate(run, tmp_path / name, n=2, frames=3, seed=4, scale=2, sign=chain)
    verdict, manifest = read(film.path.read_bytes(), authority, kind)
    assert verdict == "Trusted"
    assert manifest["title"] == name
    said = assertions(manifest)
    assert said["c2pa.actions.v2"]["actions"][0]["digitalSourceType"] == SOURCE_TYPE
    assert (said[credentials.ASSERTION]["run"], said[credentials.ASSERTION]["seeds"]) == ("tiny-001", "4")


@pytest.mark.parametrize("kind", ["p384", "ed25519", "rsa"])
def test_keys_of_other_kinds_sign(authority, tmp_path, kind):
    make = {
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }
    key = make[kind]()
    path = tmp_path / "both.pem"  # the key may come first, too
    path.write_bytes(key_pem(key) + pem(authority.give(key), authority.certificate))
    signed = credentials.open_signer(path).sign(png.encode(np.zeros((4, 4, 1), np.uint8)), "a.png", {})
    assert read(signed, authority)[0] == "Trusted"


def test_certificate_and_key_may_be_anywhere(authority, key, chain, tmp_path, monkeypatch):
    locked = tmp_path / "locked.pem"
    locked.write_bytes(key_pem(key, b"sesame"))
    with pytest.raises(UserError, match=r"is locked: set ARTGAN_SIGN_PASSWORD"):
        certificate.load(chain, locked)
    monkeypatch.setenv("ARTGAN_SIGN_PASSWORD", "open")
    with pytest.raises(UserError, match="isn't its password"):
        certificate.load(chain, locked)
    monkeypatch.setenv("ARTGAN_SIGN_PASSWORD", "sesame")
    assert certificate.load(chain, locked).name == "Ada of the tests"
    monkeypatch.setenv("ARTGAN_SIGN_CERT", str(chain))
    monkeypatch.setenv("ARTGAN_SIGN_KEY", str(locked))
    assert certificate.load("").issuer == "A test's authority"
    both = tmp_path / "ada.p12"
    others = [authority.certificate]
    both.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"ada", key, authority.give(key), others, forms.BestAvailableEncryption(b"sesame")
        )
    )
    assert certificate.load(both).chain.count(b"BEGIN") == 2
    monkeypatch.delenv("ARTGAN_SIGN_PASSWORD")
    with pytest.raises(UserError, match="ARTGAN_SIGN_PASSWORD should be its password, but is not set"):
        certificate.load(both)


def test_what_cannot_sign_is_refused_before_anything_is_drawn(run, authority, key, chain, tmp_path):
    stranger = ec.generate_private_key(ec.SECP256R1())
    top = authority.certificate
    cases = [
        ((pem(authority.give(key), top), key_pem(stranger)), "don't match: the key isn't that of 'Ada of the tests'"),
        ((pem(top, authority.give(key)), key_pem(key)), "Put your own first"),
        ((pem(authority.give(key, end=NOW - DAY), top), key_pem(key)), r"expired on \d{4}-\d\d-\d\d, .*renew it"),
        (
            (pem(authority.give(key, itself=True)), key_pem(key)),
            "self-signed, .*C2PA requires one from a certificate authority",
        ),
        ((pem(authority.give(key, purpose=None), top), key_pem(key)), "usage is none. C2PA requires .*email"),
        (
            (pem(authority.give(key, purpose=SERVER), top), key_pem(key)),
            "usage is server authentication. C2PA requires",
        ),
        ((pem(top), key_pem(authority.key)), "self-signed"),
        ((b"hello", key_pem(key)), "doesn't contain a certificate. It should be a PEM file"),
        ((pem(authority.give(key), top), b"hello"), "doesn't contain a private key. It should be a PEM file"),
    ]
    chain_file, key_file = tmp_path / "chain.pem", tmp_path / "secret.pem"
    for (certificates, secret), message in cases:
        chain_file.write_bytes(certificates)
        key_file.write_bytes(secret)
        with pytest.raises(UserError, match=message):
            make_exhibit(run, gallery_dir=tmp_path / "g", sign=chain_file, sign_key=key_file)
    with pytest.raises(UserError, match=r"missing: use --sign-key KEY.pem.*beside it as chain\.key"):
        make_exhibit(run, gallery_dir=tmp_path / "g", sign=chain_file.rename(tmp_path / "chain.pem"))
    assert not (tmp_path / "g").exists()


def test_a_request_that_cannot_be_met_says_what_is_missing(run, chain, tmp_path, monkeypatch):
    for given, message in (
        ({"sign": ""}, "give it as --sign CHAIN.pem, or set ARTGAN_SIGN_CERT"),
        ({"sign": tmp_path / "none.pem"}, r"none\.pem can't be read: No such file"),
        ({"sign_key": chain}, "--sign-key needs --sign"),
        ({"sign_tsa": "http://a.invalid"}, "--sign-tsa needs --sign"),
    ):
        with pytest.raises(UserError, match=message):
            make_exhibit(run, gallery_dir=tmp_path / "g", **given)
    with pytest.raises(ArtganError, match=r"http://127\.0\.0\.1:9 didn't return a time stamp .*drop --sign-tsa"):
        make_exhibit(run, gallery_dir=tmp_path / "g", sign=chain, sign_tsa="http://127.0.0.1:9")
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    with pytest.raises(UserError, match=r"pip install 'artgan\[sign\]'"):
        make_exhibit(run, gallery_dir=tmp_path / "g", sign=chain)
    assert not (tmp_path / "g").exists()
