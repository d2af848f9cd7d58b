"""Write a run's generator for other programs."""

from typing import TYPE_CHECKING

from artgan.api.run import open_folder
from artgan.requests.declare import takes
from artgan.requests.export import ExportRequest

if TYPE_CHECKING:
    from artgan.sampling.export import Exported


@takes(ExportRequest)
def export(request: ExportRequest) -> "Exported":
    """Write the generator of a run, and check that it still makes the same images; see :mod:`artgan.sampling.export`.

    Args:
        run: the run, its name, a unique prefix of it, or its path; None: the latest.
        out: the file; ``.pt2`` for ``torch.export.load``, ``.onnx`` for ONNX runtimes.
        checkpoint: a step, a file or ``"best"``; None: the latest.
        truncation: in (0, 1]; fixed in the file.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.

    Raises:
        UserError: for another suffix or truncation, a library that is missing, a run without a checkpoint.
        ArtganError: if the model can't be exported, or the file can't be written or makes other images.
    """
    run = open_folder(request.run, request.runs_dir)
    from artgan.sampling import export as exporting

    return exporting.export(run, request.out, truncation=request.truncation, checkpoint=request.checkpoint)
