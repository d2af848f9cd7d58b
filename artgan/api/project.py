"""Find the latent whose image is nearest to a picture."""

import os
from typing import TYPE_CHECKING, Any

from artgan.api.run import Run, find_run
from artgan.runs.find import Place

if TYPE_CHECKING:
    from artgan.latent.project import Projected


def project(
    image: str | os.PathLike[str], run: "Run | Place" = None, *, runs_dir: Place = None, **request: Any
) -> "Projected":
    """Look for the latent of a run (the latest if None) whose image is nearest to a picture.

    See :func:`artgan.latent.project.project`.
    """
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    from artgan.latent import project as projecting

    return projecting.project(found, image, **request)
