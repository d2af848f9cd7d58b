"""Write pictures as the frames of a video: WebP, GIF or MP4."""

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
    """Raise :class:`UserError` unless the format and the frame rate are supported.

    Args:
        path: the file to write; its suffix gives the format.
        fps: frames per second.
    """
    *most_suffixes, last_suffix = SUFFIXES
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"Unknown video format '{path.suffix or path.name}': use {', '.join(most_suffixes)} or {last_suffix}."
        )
    # GIF delays are in hundredths of a second, and viewers treat less than two of them as a mistake.
    most = 50 if path.suffix.lower() == ".gif" else 120
    if not 1 <= fps <= most:
        raise UserError(f"--fps must be between 1 and {most} for {path.suffix.lower()}, not {fps}.")
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
    """Write a video, whole or not at all.

    Args:
        pictures: the frames, all of the same size.
        path: the file; its suffix gives the format.
        fps: frames per second.
        loop: whether the video repeats, where the format can say so (MP4 can't).
        background: colour under transparent pictures in an MP4, which has no transparency.
        finish: called with the written file and its final name, before the file appears under that name.

    Raises:
        ArtganError: if the file can't be written.
    """
    suffix = path.suffix.lower()
    with files.write_errors(path), files.replacing(path) as temporary:
        if suffix == ".mp4":
            _write_mp4(pictures, temporary, fps, background)
        else:
            _write_animation(pictures, temporary, suffix, fps, loop)
        finish(temporary, path.name)


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise UserError("MP4 needs PyAV: run pip install 'artgan[video]', or write a .webp instead.") from error
    return av


def _write_animation(pictures: Iterator[Image.Image], path: Path, suffix: str, fps: int, loop: bool) -> None:
    first = next(pictures)
    common: dict[str, Any] = {"save_all": True, "append_images": pictures, "duration": round(1000 / fps)}
    if suffix == ".webp":
        about = xmp.packet().encode()
        first.save(path, "WEBP", quality=90, method=2, xmp=about, loop=0 if loop else 1, **common)
    else:
        repeat = {"loop": 0} if loop else {}  # any number in a GIF would make it play once more than that
        first.save(path, "GIF", disposal=2, comment=MADE_BY.encode(), **repeat, **common)


def _write_mp4(pictures: Iterator[Image.Image], path: Path, fps: int, background: str) -> None:
    av = _av()
    with av.open(str(path), "w", format="mp4") as container:
        container.metadata["comment"] = MADE_BY
        stream = container.add_stream("libx264", rate=fps)
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "18"}
        first = next(pictures)
        # yuv420p halves the colour resolution, so sizes must be even.
        stream.width, stream.height = first.width // 2 * 2, first.height // 2 * 2
        for shown in chain([first], pictures):
            ground = Image.new("RGB", shown.size, background)
            ground.paste(shown, mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
            for packet in stream.encode(av.VideoFrame.from_image(ground.crop((0, 0, stream.width, stream.height)))):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
