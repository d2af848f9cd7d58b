"""Videos that interpolate between images in latent space."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.imaging import video
from artgan.imaging.credentials import open_signer
from artgan.imaging.png import picture
from artgan.requests.interpolate import InterpolateRequest, Way
from artgan.sampling.latents import choose, read_all
from artgan.sampling.load import load_model
from artgan.sampling.provenance import maker, sha256
from artgan.sampling.sampler import Sampler
from artgan.util import files
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

# Small images are enlarged by whole factors to about this many pixels per side.
WIDE_ENOUGH = 256


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
def interpolate(run: "RunFolder", request: InterpolateRequest) -> Video:
    """Make a video that moves from image to image through latent space. See :func:`artgan.api.interpolate`."""
    path, through, truncation = Path(request.out), request.through, request.truncation
    frames, fps, loop, way = request.frames, request.fps, request.loop, request.way
    video.check(path, fps)
    signer = open_signer(request.sign, request.sign_key, request.sign_tsa)
    files.require_place(path)
    source = run.checkpoint(request.checkpoint)
    sampler = Sampler(load_model(run, source, device=request.device))
    if through:
        chosen = read_all(through, sampler, sha256(source))
    else:
        chosen = choose(sampler, range(request.n), request.seed, request.seeds, request.labels)
    latents, numbers = chosen.values, chosen.labels
    steps = _steps(len(latents), frames, loop)
    enlarged = request.scale or max(1, WIDE_ENOUGH // max(sampler.info.height, sampler.info.width))

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
            request.report(first + len(some), len(steps))

    def sign_video(path: Path, name: str) -> None:
        course = {"images": len(latents), "way": way, "frames": frames, "fps": fps, "loop": loop}
        # As text, because c2pa's reader mistakes a list of small numbers for bytes.
        seeds = ",".join(map(str, request.seeds or [request.seed]))
        begun = {"latents": len(through)} if through else {"seeds": seeds}
        if signer:
            signer.sign_file(path, {**maker(run, source), **begun, "truncation": truncation, **course}, name)

    video.write(pictures(), path, fps, loop=loop, background=request.background, finish=sign_video)
    info = sampler.info
    return Video(path, len(steps), len(steps) / fps, (info.width * enlarged, info.height * enlarged))


def slerp(one: NDArray[Any], other: NDArray[Any], t: float) -> NDArray[Any]:
    """Return the point at ``t`` in [0, 1] on the arc between two latents of any shape; interpolate their lengths."""
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    straight: NDArray[Any] = one + t * (other - one)
    if min(lengths) == 0:
        return straight
    cosine = float(np.clip((one * other).sum() / (lengths[0] * lengths[1]), -1, 1))
    angle = math.acos(cosine)
    if math.sin(angle) < 1e-6:  # the same direction, or opposite ones, which have no unique shortest arc
        return straight
    arc = (math.sin((1 - t) * angle) * one / lengths[0] + math.sin(t * angle) * other / lengths[1]) / math.sin(angle)
    return arc * (lengths[0] + t * (lengths[1] - lengths[0]))


def _between(one: NDArray[Any], other: NDArray[Any], t: float, way: Way) -> NDArray[Any]:
    return slerp(one, other, t) if way == "spherical" else one + t * (other - one)


def _steps(images: int, frames: int, loop: bool) -> list[tuple[int, int, float]]:
    """List each frame as (from, to, fraction); without a loop, the last image gets a frame of its own."""
    ways = [(number, (number + 1) % images) for number in range(images if loop else images - 1)]
    steps = [(one, other, frame / frames) for one, other in ways for frame in range(frames)]
    return steps if loop else [*steps, (images - 1, images - 1, 0.0)]
