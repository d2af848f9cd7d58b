"""What several commands say of a run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artgan.cli import output

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder


def reference(run: "RunFolder") -> str:
    """How to name ``run`` in a command: its name if it is where runs are looked for, else its path."""
    from artgan.util import paths

    here = paths.runs_dir().absolute() == run.path.absolute().parent
    return run.name if here else output.short_path(run.path)


def best_text(best: dict[str, Any] | None) -> str | None:
    """``fid 23.4 at step 400, by classifier of mnist, …``."""
    if not best:
        return None
    return f"{best['metric']} {best['value']:.4g} at step {best['step']:,}, by {best['features']}"


def parents_text(record: Mapping[str, Any]) -> str | None:
    """Where a run began, for people: ``dcgan-mnist-001 after step 2,000 (sha256 0f3c9a…)``; None: from nothing."""
    lines = []
    for parent in record.get("parents", []):
        text = f"{parent['run']} after step {parent['step']:,} (sha256 {parent['sha256'][:12]}…)"
        if counts := parent.get("taken"):
            text += ": " + ", ".join(
                f"{one['taken']} of {one['of']} tensors of the {net}" for net, one in counts.items()
            )
        lines.append(text)
    return "; ".join(lines) or None


def blend_text(record: Mapping[str, Any]) -> str | None:
    """How a run was blended: ``30 % of the second up to 16 pixels, 100 % above, 50 % elsewhere``."""
    if not (shares := record.get("blend")):
        return None
    if "at" not in shares:
        return f"{shares['weight']:.0%} of the second"
    return (
        f"{shares['coarse']:.0%} of the second in layers up to {shares['at']} pixels, {shares['fine']:.0%} in finer "
        f"ones, {shares['weight']:.0%} elsewhere"
    )
