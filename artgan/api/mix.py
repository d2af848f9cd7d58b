"""Mix the styles of images of a run."""

import os
from typing import TYPE_CHECKING, Any

from artgan.api.run import Run, find_run
from artgan.runs.find import Place

if TYPE_CHECKING:
    from artgan.latent.mix import Mixed


def mix(run: "Run | Place", out: str | os.PathLike[str], *, runs_dir: Place = None, **request: Any) -> "Mixed":
    """Mix the styles of images of a run (the latest if None) in a grid; see :func:`artgan.latent.mix.mix`."""
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    from artgan.latent import mix as mixing

    return mixing.mix(found, out, **request)
