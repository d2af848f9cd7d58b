"""A run as the library shows it: the folder, and what can be made from it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from artgan.errors import ArtganError
from artgan.requests.declare import takes_with_self
from artgan.requests.gallery import ExhibitRequest
from artgan.requests.shared import RunName
from artgan.runs import find
from artgan.runs.find import Place
from artgan.runs.folder import RunFolder

if TYPE_CHECKING:
    from torch import Tensor

    from artgan.gallery.exhibit import Exhibit
    from artgan.models.model import Model
    from artgan.sampling.sampler import Labels


class Run(RunFolder):
    """A training run's folder, from which models are loaded, images sampled and exhibits made.

    Attributes:
        path: the folder.
        record: the contents of ``run.json``.
    """

    def load(self, checkpoint: "str | int | Path | None" = None, device: str = "auto") -> "Model":
        """Load the model as it samples: averaged networks in place, in evaluation mode, on ``device``.

        Raises:
            UserError: if there is no checkpoint, or the plugin that brought the model is no longer installed.
            ArtganError: if the checkpoint is truncated or of another version.
        """
        from artgan.sampling.load import load_model

        return load_model(self, checkpoint, device)

    def sample(
        self,
        n: int = 64,
        seed: int = 0,
        labels: "Labels" = None,
        truncation: float = 1.0,
        checkpoint: "str | int | Path | None" = None,
        device: str = "auto",
    ) -> "Tensor":
        """Sample images of the averaged generator: uint8 (n, C, H, W) in [0, 255].

        Args:
            n: how many; image i is the same whatever ``n``.
            seed: where the latents come from, 0 to 2**63 - 1.
            labels: label names or numbers that the images take in turn, or ``"each"`` for all in turn; None for random.
            truncation: in (0, 1]; less than 1 trades variety for quality.
            checkpoint: a step or a file; the latest if None.
            device: where to compute.
        """
        from artgan.sampling.sampler import Sampler

        return Sampler(self.load(checkpoint, device)).sample(n, seed, labels, truncation)

    @takes_with_self(ExhibitRequest)
    def gallery(self, request: ExhibitRequest) -> "Exhibit":
        """Make an exhibit of this run; takes what :func:`artgan.gallery` takes, but for the run."""
        from artgan.gallery.make import make_exhibit

        return make_exhibit(self, request)


def open_folder(which: RunName, runs_dir: Place = None) -> RunFolder:
    """Return a run that the caller has opened as it is, or find the one that it names."""
    if which is None or isinstance(which, (str, os.PathLike)):
        return find_run(which, runs_dir)
    return cast(RunFolder, which)


def open_run(which: RunName, runs_dir: Place = None, with_checkpoint: bool = True) -> Run:
    """Return a run that the caller has opened, or find the one that it names; see :func:`artgan.find_run`."""
    if which is None or isinstance(which, (str, os.PathLike)):
        return find_run(which, runs_dir, with_checkpoint)
    return which if isinstance(which, Run) else Run(which.path)


def list_runs(runs_dir: Place = None) -> list[Run]:
    """List all readable runs, newest first."""
    return find.survey(runs_dir, Run)[0]


def survey(runs_dir: Place = None) -> tuple[list[Run], dict[str, ArtganError]]:
    """List all readable runs, newest first; and what is wrong with the others, by name."""
    return find.survey(runs_dir, Run)


def find_run(which: Place = None, runs_dir: Place = None, with_checkpoint: bool = True) -> Run:
    """Find a run by name, by a unique prefix of it or by path; the latest if None, of those that have a checkpoint.

    Args:
        which: the name, the prefix or the path.
        runs_dir: where runs are looked for.
        with_checkpoint: False: the latest may be one that has no checkpoint yet.

    Raises:
        UserError: if there is none such, with the nearest match, or several.
        ArtganError: if its record is damaged.
    """
    return find.find(which, runs_dir, Run, with_checkpoint)
