"""Mix the styles of images of a run."""

from typing import TYPE_CHECKING

from artgan.api.run import open_folder
from artgan.requests.declare import takes
from artgan.requests.mix import MixRequest

if TYPE_CHECKING:
    from artgan.latent.mix import Mixed


@takes(MixRequest)
def mix(request: MixRequest) -> "Mixed":
    """Mix the styles of images in a grid (Karras et al. 2019, section 3.1 and figure 3), for a model that has styles.

    The first column of the grid shows images, and so does the first row. Every other place shows the image of its row
    with the styles of ``layers`` taken from the image of its column: with coarse layers its pose and shape, with fine
    ones its colours.

    Args:
        run: the run, its name, a unique prefix of it, or its path; None: the latest.
        out: the file, a ``.png``.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        rows: number of images on the left: those with index 0 to ``rows - 1`` of ``seed``.
        columns: number of images on top: those with the indices after that.
        seed: random seed of the images.
        row_seeds: take image 0 of each of these seeds for the left instead.
        column_seeds: take image 0 of each of these seeds for the top instead.
        layers: which layers' styles come from the column's image: ``"coarse"``, ``"middle"`` or ``"fine"``, a third of
            the layers each, or numbers from 0 (``"0-2,5"``).
        labels: labels that the images take in turn, or ``"each"``; None for random labels.
        truncation: in (0, 1].
        scale: nearest-neighbour enlargement; None: small images are enlarged, up to four times.
        checkpoint: a step, a file or ``"best"``; None: the latest.
        device: where to compute.
        report: called with the number of mixed images, and how many there will be.

    Raises:
        UserError: for a model without styles, or another request that can't be met.
        ArtganError: if the model fails, or the file can't be written.
    """
    run = open_folder(request.run, request.runs_dir)
    from artgan.latent import mix as mixing

    return mixing.mix(run, request)
