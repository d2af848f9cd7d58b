"""Show what a run's model varies most."""

from typing import TYPE_CHECKING

from artgan.api.run import open_folder
from artgan.requests.declare import takes
from artgan.requests.explore import ExploreRequest

if TYPE_CHECKING:
    from artgan.latent.explore import Explored


@takes(ExploreRequest)
def explore(request: ExploreRequest) -> "Explored":
    """Show what a generator varies most (:mod:`artgan.latent.directions`), as a picture or a video.

    Styles are moved if the model has them (:class:`artgan.StyleModel`), otherwise latents.

    Args:
        run: the run, its name, a unique prefix of it, or its path; None: the latest.
        out: the file. A ``.png`` has a row per direction, the strongest at the top, with the image itself in the
            middle; each of several images gets a row of its own. A ``.webp``, ``.gif`` or ``.mp4`` has a column per
            direction and a row per image, and swings back and forth.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        directions: number of directions.
        reach: how far to move each way, in standard deviations of the latents or styles along the direction.
        steps: columns of a picture, 3 or more; with an odd number, the image itself is one of them.
        n: number of images to move: those with index 0 to ``n - 1`` of ``seed``.
        seed: random seed of the images.
        seeds: move image 0 of each of these seeds instead.
        labels: labels that the images take in turn, or ``"each"``; None for random labels.
        layers: layers to move, for a model with styles: ``"coarse"``, ``"middle"``, ``"fine"``, or numbers
            (``"0-2"``); None: all. The directions are those of what these layers see.
        truncation: in (0, 1].
        scale: nearest-neighbour enlargement; None: small images are enlarged, up to four times.
        checkpoint: a step, a file or ``"best"``; None: the latest.
        device: where to compute.
        report: called with the number of images drawn, and how many there will be.

    Raises:
        UserError: for a request that can't be met, or a model whose latents enter through no linear layer.
        ArtganError: if the model fails, or the file can't be written.
    """
    run = open_folder(request.run, request.runs_dir)
    from artgan.latent import explore as exploring

    return exploring.explore(run, request)
