"""Show what a run's model varies most."""

import os
from typing import TYPE_CHECKING, Any

from artgan.api.run import Run, find_run
from artgan.runs.find import Place

if TYPE_CHECKING:
    from artgan.latent.explore import Explored


def explore(run: "Run | Place", out: str | os.PathLike[str], *, runs_dir: Place = None, **request: Any) -> "Explored":
    """Show what a run's model (the latest's if None) varies most; see :func:`artgan.latent.explore.explore`."""
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    from artgan.latent import explore as exploring

    return exploring.explore(found, out, **request)
