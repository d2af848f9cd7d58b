"""Make an exhibit of a run."""

import os
from typing import TYPE_CHECKING, Any

from artgan.api.run import Run, find_run
from artgan.runs.find import Place

if TYPE_CHECKING:
    from artgan.gallery.exhibit import Exhibit


def gallery(run: "Run | str | os.PathLike[str] | None" = None, *, runs_dir: Place = None, **request: Any) -> "Exhibit":
    """Make an exhibit of a run (the latest if None); see :func:`artgan.gallery.make.make_exhibit`."""
    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    return found.gallery(**request)
