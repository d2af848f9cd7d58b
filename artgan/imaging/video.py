"""Writes pictures that follow each other as a film: WebP, GIF or MP4."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from PIL import Image

from artgan.errors import UserError
from artgan.imaging import xmp
from artgan.util import files

SUFFIXES = (".webp", ".gif", ".mp4")
MADE_BY = "made by artgan, a trained algorithm"


def check(path: Path, fps: int) -> None:
    """Raises :class:`UserError` if no film can be written to a file of that name, or at so many frames a second."""
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path.name} says no kind of film: it should end in {', '.join(SUFFIXES)}.")
    # A GIF counts hundredths of a second, and viewers take less than two of them for a mistake.
    most = 50 if path.suffix.lower() == ".gif" else 120
    if not 1 <= fps <= most:
        raise UserError(f"--fps {fps} makes no {path.suffix.lower()} film: frames are 1 to {most} a second.")
    if path.suffix.lower() == ".mp4":
        _av()


def write(
    pictures: Iterator[Image.Image],
    path: Path,
    fps: int,
    *,
    loop: bool = True,
    background: str = "white",
    finish: Callable[[Path, str], None] = lambda path, name: None,
) -> None:
    """Write a film, whole or not at all.

    Args:
        pictures: all of the same size.
        path: the file; its suffix says which kind.
        fps: frames a second.
        loop: whether it begins again at its end, where the kind of file can say that.
        background: what transparent pictures are laid on in an MP4, which knows no transparency.
        finish: called with the written file and the name that it will have, before it appears under it.

    Raises:
        ArtganError: if the file can't be written.
    """
    suffix = path.suffix.lower()
    with files.clear_errors(path), files.replacing(path) as temporary:
        if suffix == ".mp4":
            _write_mp4(pictures, temporary, fps, background)
        else:
            _write_animation(pictures, temporary, suffix, fps, loop)
        finish(temporary, path.name)


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise UserError("MP4 needs PyAV: pip install 'artgan[video]', or write a .webp instead.") from error
    return av


def _write_animation(pictures: Iterator[Image.Image], path: Path, suffix: str, fps: int, loop: bool) -> None:
    first = next(pictures)
    common: dict[str, Any] = {"save_all": True, "append_images": pictures, "duration": round(1000 / fps)}
    if suffix == ".webp":
        about = xmp.packet().encode()
        first.save(path, "WEBP", quality=90, method=2, xmp=about, loop=0 if loop else 1, **common)
    else:
        again = {"loop": 0} if loop else {}  # a GIF that says a number is played once more than that
        first.save(path, "GIF", disposal=2, comment=MADE_BY.encode(), **again, **common)


def _write_mp4(pictures: Iterator[Image.Image], path: Path, fps: int, background: str) -> None:
    av = _av()
    with av.open(str(path), "w", format="mp4") as film:
        film.metadata["comment"] = MADE_BY
        stream = film.add_stream("libx264", rate=fps)
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "18"}
        first = next(pictures)
        # Half the colour resolution needs even sizes.
        stream.width, stream.height = first.width // 2 * 2, first.height // 2 * 2
        for shown in chain([first], pictures):
            ground = Image.new("RGB", shown.size, background)
            ground.paste(shown, mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
            for packet in stream.encode(av.VideoFrame.from_image(ground.crop((0, 0, stream.width, stream.height)))):
                film.mux(packet)
        for packet in stream.encode():
            film.mux(packet)
