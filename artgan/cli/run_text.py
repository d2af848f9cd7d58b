"""Describes runs, for several commands."""

from typing import TYPE_CHECKING

from artgan.cli import output

if TYPE_CHECKING:
    from artgan.runs.entries import BestRecord
    from artgan.runs.folder import RunFolder
    from artgan.runs.record import RunRecord


def reference(run: "RunFolder") -> str:
    """Return how to name ``run`` in a command: its name if it is where runs are looked for, else its path."""
    from artgan.util import paths

    here = paths.runs_dir().absolute() == run.path.absolute().parent
    return run.name if here else output.short_path(run.path)


def best_text(best: "BestRecord | None") -> str | None:
    """Return ``fid 23.4 at step 400, by classifier of mnist, …``."""
    if best is None:
        return None
    return f"{best.metric} {best.value:.4g} at step {best.step:,}, by {best.features}"


def parents_text(record: "RunRecord") -> str | None:
    """Return where a run began, ``dcgan-mnist-001 after step 2,000 (sha256 0f3c9a…)``; None if from scratch."""
    lines = []
    for parent in record.parents:
        text = f"{parent.run} after step {parent.step:,} (sha256 {parent.sha256[:12]}…)"
        if parent.taken:
            counts = [f"{one.taken} of {one.of} tensors of the {net}" for net, one in parent.taken.items()]
            text += f": {', '.join(counts)}"
        lines.append(text)
    return "; ".join(lines) or None


def blend_text(record: "RunRecord") -> str | None:
    """Return how a run was blended: ``30 % of the second up to 16 pixels, 100 % above, 50 % elsewhere``."""
    shares = record.blend
    if shares is None:
        return None
    if shares.at is None:
        return f"{shares.weight:.0%} of the second"
    coarse, fine = (shares.weight if one is None else one for one in (shares.coarse, shares.fine))
    return (
        f"{coarse:.0%} of the second in layers up to {shares.at} pixels, {fine:.0%} in finer ones, "
        f"{shares.weight:.0%} elsewhere"
    )
