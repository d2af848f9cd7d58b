"""Make a video of what lies between images of a run."""

from typing import TYPE_CHECKING

from artgan.api.run import open_folder
from artgan.requests.declare import takes
from artgan.requests.interpolate import InterpolateRequest

if TYPE_CHECKING:
    from artgan.latent.interpolate import Video


@takes(InterpolateRequest)
def interpolate(request: InterpolateRequest) -> "Video":
    """Make a video that moves from image to image through everything that lies between their latents.

    Args:
        run: the run, its name, a unique prefix of it, or its path; None: the latest.
        out: the file; ``.webp``, ``.gif`` or ``.mp4`` decides on the format.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        n: number of images to pass through: those with index 0 to ``n - 1`` of ``seed``.
        seed: random seed of the images.
        seeds: pass through image 0 of each of these seeds instead.
        through: pass through latents that ``artgan project`` found instead: its files, which have their own labels.
        labels: labels that the images take in turn, or ``"each"``; None for random labels. A frame has the label of the
            image that it is nearer to, since there is nothing between labels.
        way: ``"spherical"`` keeps latents as long as those that the model was trained with (White 2016, "Sampling
            Generative Networks", section 2.1); ``"linear"`` takes the straight line.
        frames: frames from one image to the next.
        fps: frames per second.
        loop: whether to return to the first image.
        truncation: in (0, 1].
        scale: nearest-neighbour enlargement; None: up to about 256 pixels.
        background: colour behind transparent images in an MP4, which has no transparency.
        checkpoint: a step, a file or ``"best"``; None: the latest.
        sign: certificate chain to sign the video with; see :func:`artgan.gallery`.
        sign_key: its private key.
        sign_tsa: URL of a time-stamping authority.
        device: where to compute.
        report: called with the number of frames done, and how many there will be.

    Raises:
        UserError: for a request that can't be met, a certificate that can't sign, or a missing library.
        ArtganError: if the file can't be written.
    """
    run = open_folder(request.run, request.runs_dir)
    from artgan.latent import interpolate as interpolating

    return interpolating.interpolate(run, request)
