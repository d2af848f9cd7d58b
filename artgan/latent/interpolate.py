"""Videos that interpolate between images in latent space."""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.dataset import Report
from artgan.errors import UserError
from artgan.imaging import video
from artgan.imaging.credentials import open_signer
from artgan.imaging.png import picture
from artgan.sampling.latents import Paths, choose, read_all
from artgan.sampling.load import load_model
from artgan.sampling.provenance import maker, sha256
from artgan.sampling.sampler import Labels, Sampler, check_truncation
from artgan.util import files
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

Way = Literal["spherical", "linear"]
# Small images are enlarged by whole factors to about this many pixels per side.
WIDE_ENOUGH = 256
MOST_FRAMES = 10_000


@dataclass(frozen=True, slots=True)
class Video:
    """A video that was made.

    Attributes:
        path: the file.
        frames: number of frames.
        seconds: its length.
        size: width and height in pixels.
    """

    path: Path
    frames: int
    seconds: float
    size: tuple[int, int]


@oom_hint("try --device cpu, fewer --frames or a smaller --scale")
def interpolate(
    run: "RunFolder",
    out: str | os.PathLike[str],
    *,
    n: int = 8,
    seed: int = 0,
    seeds: Sequence[int] | None = None,
    through: Paths = (),
    labels: Labels = None,
    way: Way = "spherical",
    frames: int = 24,
    fps: int = 24,
    loop: bool = True,
    truncation: float = 1.0,
    scale: int | None = None,
    background: str = "white",
    checkpoint: str | int | Path | None = None,
    sign: str | os.PathLike[str] | None = None,
    sign_key: str | os.PathLike[str] | None = None,
    sign_tsa: str | None = None,
    device: str = "auto",
    report: Report = lambda done, total: None,
) -> Video:
    """Make a video that moves from image to image through latent space.

    Args:
        run: the run whose model draws.
        out: the file; ``.webp``, ``.gif`` or ``.mp4`` says which kind.
        n: how many images it goes through: those with index 0 to ``n - 1`` of ``seed``.
        seed: of the images.
        seeds: go through image 0 of each of these instead.
        through: go through latents that ``artgan project`` found instead: its files, which have their labels.
        labels: labels of the images in turn, or ``"each"``; None for random ones. A frame has the label of the nearer
            image, since there is nothing between labels.
        way: ``"spherical"`` keeps to latents as long as those that the model has learnt (White 2016, "Sampling
            Generative Networks", section 2.1); ``"linear"`` goes straight.
        frames: from an image to the next.
        fps: frames per second.
        loop: whether it comes back to its first image.
        truncation: in (0, 1].
        scale: nearest-neighbour enlargement; None: until there are about 256 pixels.
        background: what transparent images are laid on in an MP4, which knows no transparency.
        checkpoint: the latest if None.
        sign: see :func:`artgan.gallery.make.make_exhibit`.
        sign_key: likewise.
        sign_tsa: likewise.
        device: where to compute.
        report: called with how many frames are done, of how many.

    Raises:
        UserError: for a request that can't be met, a certificate that can't sign, or a library that is missing.
        ArtganError: if the file can't be written.
    """
    path = Path(out)
    _check(path, len(through) if through else n if seeds is None else len(seeds), frames, fps)
    if scale is not None and not 1 <= scale <= 64:
        raise UserError(f"--scale {scale} is out of range: it is 1 to 64.")
    check_truncation(truncation)
    if through and (seeds is not None or labels is not None):
        raise UserError("Latents in files have their own labels: leave out --seeds and --label.")
    signer = open_signer(sign, sign_key, sign_tsa)
    files.require_place(path)
    source = run.checkpoint(checkpoint)
    sampler = Sampler(load_model(run, source, device=device))
    chosen = read_all(through, sampler, sha256(source)) if through else choose(sampler, range(n), seed, seeds, labels)
    latents, numbers = chosen.values, chosen.labels
    steps = _steps(len(latents), frames, loop)
    enlarged = scale or max(1, WIDE_ENOUGH // max(sampler.info.height, sampler.info.width))

    def pictures() -> Iterator[Image.Image]:
        for first in range(0, len(steps), sampler.block):
            some = steps[first : first + sampler.block]
            between = np.stack([_between(latents[a], latents[b], t, way) for a, b, t in some])
            asked = None if numbers is None else np.array([numbers[a if t < 0.5 else b] for a, b, t in some])
            images = sampler.render(between.astype(np.float32), asked, truncation)
            for image in images.permute(0, 2, 3, 1).contiguous().numpy():
                shown = picture(image)
                size = shown.width * enlarged, shown.height * enlarged
                yield shown.resize(size, Image.Resampling.NEAREST)
            report(first + len(some), len(steps))

    def sign_video(path: Path, name: str) -> None:
        course = {"images": len(latents), "way": way, "frames": frames, "fps": fps, "loop": loop}
        # As text, because c2pa's reader mistakes a list of small numbers for bytes.
        begun = {"seeds": ",".join(map(str, seeds or [seed]))} if not through else {"latents": len(through)}
        if signer:
            signer.sign_file(path, {**maker(run, source), **begun, "truncation": truncation, **course}, name)

    video.write(pictures(), path, fps, loop=loop, background=background, finish=sign_video)
    info = sampler.info
    return Video(path, len(steps), len(steps) / fps, (info.width * enlarged, info.height * enlarged))


def slerp(one: NDArray[Any], other: NDArray[Any], t: float) -> NDArray[Any]:
    """Return the point at ``t`` in [0, 1] on the arc between two latents of any shape; interpolate their lengths."""
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if min(lengths) == 0:
        return one + t * (other - one)
    cosine = float(np.clip((one * other).sum() / (lengths[0] * lengths[1]), -1, 1))
    angle = math.acos(cosine)
    if math.sin(angle) < 1e-6:  # the same direction, or opposite ones, which have no unique shortest arc
        return one + t * (other - one)
    arc = (math.sin((1 - t) * angle) * one / lengths[0] + math.sin(t * angle) * other / lengths[1]) / math.sin(angle)
    return arc * (lengths[0] + t * (lengths[1] - lengths[0]))


def _between(one: NDArray[Any], other: NDArray[Any], t: float, way: Way) -> NDArray[Any]:
    return slerp(one, other, t) if way == "spherical" else one + t * (other - one)


def _check(path: Path, images: int, frames: int, fps: int) -> None:
    if images < 2:
        raise UserError("A video needs at least 2 images: give more with --n, --seeds or --latent.")
    video.check(path, fps)
    if frames < 1:
        raise UserError("--frames must be at least 1.")
    if frames * images > MOST_FRAMES:
        raise UserError(f"{frames * images:,} frames are too many for one video: at most {MOST_FRAMES:,}.")


def _steps(images: int, frames: int, loop: bool) -> list[tuple[int, int, float]]:
    """List each frame as (from, to, fraction); without a loop, the last image gets a frame of its own."""
    ways = [(number, (number + 1) % images) for number in range(images if loop else images - 1)]
    steps = [(one, other, frame / frames) for one, other in ways for frame in range(frames)]
    return steps if loop else [*steps, (images - 1, images - 1, 0.0)]
