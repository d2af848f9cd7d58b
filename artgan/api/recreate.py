"""Make an image again from its own metadata."""

from typing import TYPE_CHECKING

from artgan.requests.declare import takes
from artgan.requests.recreate import RecreateRequest

if TYPE_CHECKING:
    from artgan.gallery.recreate import Recreated


@takes(RecreateRequest)
def recreate(request: RecreateRequest) -> "Recreated":
    """Make an image again from its metadata, byte for byte; see :func:`artgan.gallery.recreate.recreate`.

    Args:
        image: a PNG that artgan wrote.
        out: the file to write, a ``.png``.
        device: where to compute; only the kind of device that made the image makes the same bytes.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
    """
    from artgan.gallery import recreate as recreating

    return recreating.recreate(request.image, request.out, runs_dir=request.runs_dir, device=request.device)
