"""Recreate an image byte for byte from its own metadata."""

import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PIL import Image

from artgan._version import __version__
from artgan.errors import ArtganError, UserError
from artgan.imaging import png
from artgan.runs.find import find_folder
from artgan.sampling.latents import from_record
from artgan.sampling.load import load_model
from artgan.sampling.provenance import sha256
from artgan.sampling.sampler import Sampler
from artgan.util import files
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

GRIDS = ("mix", "explore")
NEEDED = ("run", "checkpoint", "checkpoint_sha256", "seed", "index", "truncation", "scale")


@dataclass(frozen=True, slots=True)
class Recreated:
    """An image that was recreated.

    Attributes:
        path: the file.
        metadata: the metadata of the image.
        checkpoint: the checkpoint that made it.
        signed: True if it has content credentials. They are the original's, copied with its other metadata: only the
            owner of the key could sign it again.
    """

    path: Path
    metadata: dict[str, Any]
    checkpoint: Path
    signed: bool


@oom_hint("try --device cpu")
def recreate(
    image: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    runs_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
) -> Recreated:
    """Recreate an image of an exhibit from its metadata, and write it to ``out`` if it is identical to the last byte.

    The header and the compressed pixels are recreated and compared; the text chunks and, if the image was signed, the
    content credentials are copied from the original.

    Args:
        image: a PNG that artgan has made.
        out: the file to write, a ``.png``; an existing file is replaced.
        runs_dir: where to find its run; see :mod:`artgan.util.paths`.
        device: where to compute; only the kind of device that made the image makes the same bytes.

    Raises:
        UserError: if the image has no metadata of artgan, or something that it needs is missing; says what. Also if
            ``out`` doesn't end in ``.png``.
        ArtganError: if the result differs from the image; says by how much. Nothing is written then.
    """
    source, path = Path(image), Path(out)
    png.require_suffix(path)
    original = _read(source)
    said = metadata(source, original)
    if not isinstance(said["run"], str) or Path(said["run"]).name != said["run"]:
        raise UserError(f"{source} has damaged metadata: {said['run']!r} isn't a valid name of a run.")
    run = find_folder(said["run"], runs_dir)
    checkpoint = _find_checkpoint(run, said)
    path = Path(out)
    files.require_place(path)
    sampler = Sampler(load_model(run, checkpoint, device=device))
    made = png.encode(_draw(sampler, said), said["scale"])
    whole = png.insert(made, png.annotations(original))
    if whole != original:
        raise ArtganError(f"{source.name} can't be recreated here: {_difference(original, made, said)}")
    with files.write_errors(path), files.replacing(path) as temporary:
        temporary.write_bytes(whole)
    return Recreated(path, said, checkpoint, png.is_signed(original))


def metadata(source: Path, content: bytes) -> dict[str, Any]:
    """Return an image's metadata. Raises :class:`UserError` if there is none, or not enough to recreate it."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.load()
            said = json.loads(picture.info.get(png.KEY, ""))
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(
            f"{source} has no metadata of artgan: use an unmodified PNG of an exhibit. Image editors often remove "
            "metadata."
        ) from error
    if isinstance(said, dict) and said.get("kind") in GRIDS:
        raise UserError(
            f"{source} is a grid made by `artgan {said['kind']}`, but only single images can be recreated. Its "
            "metadata lists the options to make it again."
        )
    missing = [key for key in NEEDED if key not in said] if isinstance(said, dict) else list(NEEDED)
    if isinstance(said, dict) and "latent" in said:  # found by `artgan project`, not drawn from a seed
        missing = [key for key in missing if key not in ("seed", "index")]
    if missing:
        raise UserError(f"{source} can't be recreated: its metadata is missing {', '.join(missing)}.")
    numbers = (
        {"scale": (1, 64)} if "latent" in said else {"seed": (0, 2**63 - 1), "index": (0, 2**53), "scale": (1, 64)}
    )
    for key, (low, high) in numbers.items():
        if type(said[key]) is not int or not low <= said[key] <= high:
            raise UserError(
                f"{source} has damaged metadata: {key} must be a number between {low} and {high}, not {said[key]!r}."
            )
    return cast(dict[str, Any], said)


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise UserError(f"{source} can't be read: {error.strerror or error}.") from error


def _find_checkpoint(run: "RunFolder", said: dict[str, Any]) -> Path:
    """Return the checkpoint with the right contents, whatever its name is now."""
    wanted, name = str(said["checkpoint_sha256"]), Path(str(said["checkpoint"])).name
    known = sorted((run.path / "checkpoints").glob("*.safetensors"), key=lambda path: path.name != name)
    for path in known:
        if sha256(path) == wanted:
            return path
    there = ", ".join(path.name for path in known) or "none"
    raise UserError(
        f"{run.name} no longer has the checkpoint that made this image, {name} with SHA-256 {wanted[:16]}… (it has: "
        f"{there}). Train with --keep-checkpoints 0 to keep all checkpoints."
    )


def _draw(sampler: Sampler, said: dict[str, Any]) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Draw the image (H, W, C), with its label drawn at random or requested, whichever was the case."""
    label = said.get("label")
    if "latent" in said:
        found = from_record(said, sampler.model, "The image")
        image = sampler.render(found.values, found.labels, float(said["truncation"]))[0]
        return image.permute(1, 2, 0).contiguous().numpy()
    for labels in (None, [label]) if label is not None else (None,):
        (drawn,) = sampler.draw([said["index"]], said["seed"], labels, float(said["truncation"]), score=False)
        if label is None or (drawn.labels is not None and int(drawn.labels[0]) == label):
            break
    return drawn.images[0].permute(1, 2, 0).contiguous().numpy()


def _difference(original: bytes, made: bytes, said: dict[str, Any]) -> str:
    with (
        Image.open(io.BytesIO(original), formats=["PNG"]) as one,
        Image.open(io.BytesIO(made), formats=["PNG"]) as other,
    ):
        same_shape = one.size == other.size and one.mode == other.mode
        off = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)) if same_shape else None
    by = str(said.get("artgan", "an unknown version"))
    versions = f"it was made by artgan {by}, but this is {__version__}" if by != __version__ else ""
    if off is None:
        return f"the result has a different shape{f'; {versions}' if versions else ''}."
    if not off.any():
        return "its pixels are the same, but the file was compressed by another version of Pillow or zlib, or edited."
    why = versions or "another device, processor or version of PyTorch rounds differently, or the image was edited"
    return f"{np.mean(off > 0):.1%} of its values differ, by at most {off.max()} of 255; {why}."
