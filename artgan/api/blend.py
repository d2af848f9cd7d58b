"""Blend two runs into a new one."""

from pathlib import Path
from typing import Any

from artgan.api.run import Run, find_run
from artgan.errors import UserError


def blend(
    one: "Run | str | Path",
    other: "Run | str | Path",
    *,
    weight: float = 0.5,
    coarse: float | None = None,
    fine: float | None = None,
    at: int | None = None,
    checkpoints: tuple[Any, Any] = (None, None),
    name: str | None = None,
    runs_dir: "str | Path | None" = None,
) -> Run:
    """Make a run whose weights lie between those of two others; it can be sampled, exhibited and gone on with.

    Args:
        one: a run, or what :func:`artgan.find_run` takes. Data and settings are its.
        other: another of the same architecture.
        weight: how much of ``other``, 0 to 1.
        coarse: the same for the generator's layers up to ``at`` pixels; ``weight`` if None.
        fine: the same for those above. ``coarse=0, fine=1`` is a swap: form of ``one``, texture of ``other``.
        at: the largest size that counts as coarse; None: half of the sizes that there are.
        checkpoints: which of each run: a step, a file or ``"best"``; the last if None.
        name: of the new run; model, ``blend`` and a number if None.
        runs_dir: where runs are kept; None: ``ARTGAN_RUNS``, or ./runs.

    Raises:
        UserError: if the architectures differ (it says in what), a weight is out of range, or the layers of the
            generator know no sizes.
        ArtganError: if a checkpoint is damaged, or the run can't be written.
    """
    for flag, value in (("weight", weight), ("coarse", coarse), ("fine", fine)):
        if value is not None and not 0 <= value <= 1:
            raise UserError(f"--{flag} {value} is no share of the second run: it is 0 to 1.")
    by_size = coarse is not None or fine is not None
    if at is not None and not by_size:
        raise UserError("--at says where coarse layers end, and --weight treats all alike: add --coarse or --fine.")
    from artgan.training import blending

    runs = [run if isinstance(run, Run) else find_run(run, runs_dir) for run in (one, other)]
    shares = blending.Shares(weight, coarse, fine, at)
    return blending.blend(runs[0], runs[1], shares, checkpoints, name, runs_dir)
