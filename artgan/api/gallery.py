"""Make an exhibit of a run."""

from typing import TYPE_CHECKING

from artgan.api.run import open_folder
from artgan.requests.declare import takes
from artgan.requests.gallery import GalleryRequest

if TYPE_CHECKING:
    from artgan.gallery.exhibit import Exhibit


@takes(GalleryRequest)
def gallery(request: GalleryRequest) -> "Exhibit":
    """Make an exhibit of a run: a folder with images, metadata, a contact sheet and a page.

    Args:
        run: the run, its name, a unique prefix of it, or its path; None: the latest.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        checkpoint: a step, a file or ``"best"``; None: the latest.
        n: number of images.
        seed: 0 to 2**63 - 1; the same seed gives the same images.
        labels: names or numbers that images get in turn, ``"each"`` for all labels in turn; None for random labels.
        truncation: in (0, 1]; less than 1 trades variety for quality.
        curate: draw this many times ``n`` candidates and keep the best and most varied; None: the first ``n`` images,
            or 4 if a curator is given.
        curator: name of the curator that chooses them; None: ``"balanced"``.
        name: name of the exhibit's folder; None: the run and the seed, with a number if that is taken.
        title: heading of the page; None: the exhibit's name.
        columns: columns of the contact sheet; None: about a square.
        scale: enlarge each pixel to ``scale`` x ``scale``, in the images and on the contact sheet.
        overwrite: replace an exhibit of the same name, once the new one is complete.
        sign: certificate chain to sign the images and the contact sheet with; empty: ``ARTGAN_SIGN_CERT``; None: don't.
        sign_key: its private key; see :func:`artgan.imaging.certificate.load`.
        sign_tsa: URL of a time-stamping authority; see :class:`artgan.imaging.credentials.Signer`.
        gallery_dir: folder of the exhibits; None: ``ARTGAN_GALLERY``, or ./gallery.
        device: where to compute; images are the same every time on the same device.
        report: called with (images done, images in all).

    Raises:
        UserError: for a request that can't be met, a name that is taken, a run without a checkpoint, or a certificate
            that can't sign.
        ArtganError: if the disk is full or can't be written, or the model is broken. Nothing is left behind.
    """
    run = open_folder(request.run, request.runs_dir)
    from artgan.gallery.make import make_exhibit

    return make_exhibit(run, request)
