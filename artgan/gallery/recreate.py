"""Makes a picture again from nothing but what the picture itself says, byte for byte."""

import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    """A picture that was made again.

    Attributes:
        path: where it is.
        metadata: what the picture says of itself.
        checkpoint: the file that made it.
        signed: whether there are content credentials in it. They are the original's own, taken over with its other
            metadata: nobody else can sign it again.
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
    """Make a picture of an exhibit again from its metadata, and write it to ``out`` if it is the same to the last byte.

    What is made again, and compared, are header and pixels as they are packed; the text chunks and, if it was signed,
    the content credentials are the original's.

    Args:
        image: a PNG that artgan has made.
        out: the file to write, a ``.png``; it may be there already.
        runs_dir: where its run is looked for; see :mod:`artgan.util.paths`.
        device: where to compute; only the kind of device that made the picture makes the same bytes.

    Raises:
        UserError: if the picture says nothing of its making, or what it needs isn't here, saying what; for an ``out``
            that isn't called a PNG.
        ArtganError: if what comes out is not the same, saying how far it is off; nothing is written then.
    """
    source, path = Path(image), Path(out)
    png.require_suffix(path)
    original = _read(source)
    said = metadata(source, original)
    if not isinstance(said["run"], str) or Path(said["run"]).name != said["run"]:
        raise UserError(f"{source} says it was made by a run called {said['run']!r}, which can't be.")
    run = find_folder(said["run"], runs_dir)
    checkpoint = _find_checkpoint(run, said)
    path = Path(out)
    files.require_place(path)
    sampler = Sampler(load_model(run, checkpoint, device=device))
    made = png.encode(_draw(sampler, said), said["scale"])
    whole = png.insert(made, png.annotations(original))
    if whole != original:
        raise ArtganError(f"{source.name} can't be made again here: {_difference(original, made, said)}")
    with files.write_errors(path), files.replacing(path) as temporary:
        temporary.write_bytes(whole)
    return Recreated(path, said, checkpoint, png.is_signed(original))


def metadata(source: Path, content: bytes) -> dict[str, Any]:
    """What a picture says of its making. Raises :class:`UserError` if it says nothing, or not enough."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.load()
            said = json.loads(picture.info.get(png.KEY, ""))
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(
            f"{source} says nothing of how artgan made it: it should be a PNG of an exhibit, as it was written. "
            "Programs that edit pictures often leave metadata out."
        ) from error
    if isinstance(said, dict) and said.get("kind") in GRIDS:
        raise UserError(
            f"{source} is a grid that `artgan {said['kind']}` made, and only single pictures are made again: its "
            "metadata say what was asked for."
        )
    missing = [key for key in NEEDED if key not in said] if isinstance(said, dict) else list(NEEDED)
    if isinstance(said, dict) and "latent" in said:  # found by `artgan project`, and not drawn
        missing = [key for key in missing if key not in ("seed", "index")]
    if missing:
        raise UserError(f"{source} doesn't say enough to be made again: its metadata lack {', '.join(missing)}.")
    numbers = (
        {"scale": (1, 64)} if "latent" in said else {"seed": (0, 2**63 - 1), "index": (0, 2**53), "scale": (1, 64)}
    )
    for key, (low, high) in numbers.items():
        if type(said[key]) is not int or not low <= said[key] <= high:
            raise UserError(f"{source} says {key} {said[key]!r}, which can't be.")
    return said


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise UserError(f"{source} can't be read: {error.strerror or error}.") from error


def _find_checkpoint(run: "RunFolder", said: dict[str, Any]) -> Path:
    """The checkpoint with the right contents, whatever it is called by now."""
    wanted, name = str(said["checkpoint_sha256"]), Path(str(said["checkpoint"])).name
    known = sorted((run.path / "checkpoints").glob("*.safetensors"), key=lambda path: path.name != name)
    for path in known:
        if sha256(path) == wanted:
            return path
    there = ", ".join(path.name for path in known) or "none"
    raise UserError(
        f"{run.name} no longer has the checkpoint that made this picture: {name} with SHA-256 {wanted[:16]}… "
        f"(there are: {there}). --keep-checkpoints 0 keeps all of a training."
    )


def _draw(sampler: Sampler, said: dict[str, Any]) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """The image (H, W, C); its label as it was drawn, or as it was asked for."""
    label = said.get("label")
    if "latent" in said:
        found = from_record(said, sampler.model, "The picture")
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
    versions = f"it was made by artgan {by}, and this is {__version__}" if by != __version__ else ""
    if off is None:
        return f"the picture has another shape now{f'; {versions}' if versions else ''}."
    if not off.any():
        return "its pixels are the same, but the file was packed by another version of Pillow or zlib, or edited."
    why = versions or "another device, processor or version of PyTorch rounds differently, or the picture was edited"
    return f"{np.mean(off > 0):.1%} of its values differ, by {off.max()} of 255 at most; {why}."
