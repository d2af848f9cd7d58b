"""Blend two runs into a new one."""

from artgan.api.run import Run, open_run
from artgan.requests.blend import BlendRequest
from artgan.requests.declare import takes


@takes(BlendRequest)
def blend(request: BlendRequest) -> Run:
    """Make a run whose weights lie between those of two others; it can be sampled, exhibited and resumed.

    Args:
        one: a run, its name, a unique prefix of it, or its path. The new run gets its data and settings.
        other: another run of the same architecture.
        weight: share of ``other``, from 0 to 1.
        coarse: the same for the generator's layers up to ``at`` pixels; None: ``weight``.
        fine: the same for the layers above. ``coarse=0, fine=1`` swaps layers: form of ``one``, texture of ``other``.
        at: largest size that counts as coarse; None: half of the sizes.
        checkpoints: which checkpoint of each run: a step, a file or ``"best"``; None: the last.
        name: name of the new run; None: the model, ``blend`` and a number.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.

    Raises:
        UserError: if the architectures differ (it says in what), a weight is out of range, or the sizes of the
            generator's layers aren't known.
        ArtganError: if a checkpoint is damaged, or the run can't be written.
    """
    from artgan.training import blending

    one, other = (open_run(run, request.runs_dir) for run in (request.one, request.other))
    return blending.blend(one, other, request)


def are_related(one: Run, other: Run) -> bool:
    """Return whether two runs share an ancestor, or one is the other's: those blend well."""
    from artgan.training.blending import have_met

    return have_met(one, other)
