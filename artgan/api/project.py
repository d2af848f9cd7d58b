"""Find the latent whose image is nearest to a given one."""

from typing import TYPE_CHECKING

from artgan.api.run import open_folder
from artgan.requests.declare import takes
from artgan.requests.project import ProjectRequest

if TYPE_CHECKING:
    from artgan.latent.project import Projected


@takes(ProjectRequest)
def project(request: ProjectRequest) -> "Projected":
    """Search for the latent whose image is nearest to a given one; write image, latent and the way there.

    The search starts from the nearest of many random images. Their latents are moved by Adam, each on its own, with a
    learning rate that follows a cosine. None may get longer than latents are, since the model has never learnt to draw
    what lies beyond. The image is prepared as the run's data set was. Nearness is the Lap1 distance
    (:func:`artgan.latent.distance.distance`), which Bojanowski et al. 2018 use for such searches; it needs no network
    of its own, and knows nothing of meaning. The same seed finds the same latent on the same machine.

    Args:
        image: the image file.
        run: the run, its name, a unique prefix of it, or its path; None: the latest.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        out: folder to create; None: ``NAME-projected`` here, with a number if that is taken.
        starts: number of latents to optimise.
        candidates: number of random images to choose them from; the result can be judged by these, too.
        steps: optimisation steps; 0 for the nearest random image.
        seed: random seed of these images.
        label: label to ask a conditional model for, by name or number; None: whichever comes nearest.
        truncation: in (0, 1]; it is applied to the latents before images are drawn.
        scale: nearest-neighbour enlargement of ``nearest.png``.
        checkpoint: a step, a file or ``"best"``; None: the latest.
        device: where to compute.
        report: called with the number of steps done, and how many there will be.

    Raises:
        UserError: for an image that can't be read, a folder that exists, or another request that can't be met.
        ArtganError: if the model fails or lets no gradients through, or the folder can't be written.
    """
    run = open_folder(request.run, request.runs_dir)
    from artgan.latent import project as projecting

    return projecting.project(run, request)
