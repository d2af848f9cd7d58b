"""Shell completion. Nothing here may import torch, pydantic or the networks of a plugin."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from artgan.plugins import specs

Found = list[tuple[str, str]]


def models(incomplete: str) -> Found:
    """Complete the name of a model."""
    return _brought(specs.ModelSpec, incomplete)


def datasets(incomplete: str) -> Found:
    """Complete the name of a data set."""
    return _brought(specs.DatasetSpec, incomplete)


def losses(incomplete: str) -> Found:
    """Complete the name of a loss."""
    return _brought(specs.LossSpec, incomplete)


def metrics(incomplete: str) -> Found:
    """Complete the name of a metric after the last comma."""
    begun, comma, last = incomplete.rpartition(",")
    return [(f"{begun}{comma}{name}", summary) for name, summary in _brought(specs.MetricSpec, last)]


def kinds(incomplete: str) -> Found:
    """Complete a kind of plugin."""
    return _matching(((kind.kind, "") for kind in specs.KINDS), incomplete)


def data(incomplete: str) -> Found:
    """Complete the name of a data set, or a folder once a path has been started."""
    if incomplete.startswith((".", "~", os.sep)) or "/" in incomplete:
        return _matching(_folders(incomplete), incomplete)
    return datasets(incomplete)


def runs(ctx: typer.Context, incomplete: str) -> Found:
    """Complete the name of a run, newest first."""
    return _matching(((path.name, "") for path in _run_folders(ctx)), incomplete)


def checkpoints(ctx: typer.Context, incomplete: str) -> Found:
    """Complete the step of a checkpoint of the run."""
    run = _chosen_run(ctx)
    found = sorted((run / "checkpoints").glob("step-*.safetensors"), reverse=True) if run else []
    steps = [(path.stem.removeprefix("step-").lstrip("0") or "0", "") for path in found]
    if run and (run / "checkpoints" / "best.safetensors").exists():
        steps.insert(0, ("best", "the best that was evaluated"))
    return _matching(steps, incomplete)


def labels(ctx: typer.Context, incomplete: str) -> Found:
    """Complete a label of the run."""
    run = _chosen_run(ctx)
    if run is None:
        return []
    with suppress(OSError, ValueError, KeyError, TypeError):
        names = json.loads((run / "run.json").read_text(encoding="utf-8"))["data"]["labels"]
        return _matching(((str(name), "") for name in names), incomplete)
    return []


def label_shares(ctx: typer.Context, incomplete: str) -> Found:
    """Complete the value of ``--labels``."""
    return _matching([("each", "the same number of every label")], incomplete)


def layers(ctx: typer.Context, incomplete: str) -> Found:
    """Complete the name of a part of a model's layers."""
    return _matching([("coarse", "pose and shape"), ("middle", "parts"), ("fine", "colours")], incomplete)


def trackers(incomplete: str) -> Found:
    """Complete the name of a tracker."""
    return [*_brought(specs.TrackerSpec, incomplete), *_matching([("none", "no tracker")], incomplete)]


def curators(incomplete: str) -> Found:
    """Complete the name of a curator."""
    return _brought(specs.CuratorSpec, incomplete)


def plugins(incomplete: str) -> Found:
    """Complete the name of a plugin."""
    from artgan.plugins.loading import registry

    return _matching(((plugin.name, plugin.distribution) for plugin in registry().plugins), incomplete)


def _brought(kind: type[specs.Spec], incomplete: str) -> Found:
    from artgan.plugins.loading import registry

    return _matching(((name, spec.summary) for name, spec in registry().of(kind).items()), incomplete)


def _matching(offers: Iterable[tuple[str, str]], incomplete: str) -> Found:
    return [offer for offer in offers if offer[0].startswith(incomplete)]


def _folders(begun: str) -> Iterator[tuple[str, str]]:
    head, _, _ = begun.rpartition("/")
    base = Path(head or ("/" if begun.startswith("/") else ".")).expanduser()
    with suppress(OSError):
        for path in sorted(base.iterdir()):
            if path.is_dir() and not path.name.startswith("."):
                yield (f"{head}/{path.name}" if "/" in begun else path.name), ""


def _run_folders(ctx: typer.Context) -> list[Path]:
    from artgan.util import paths

    found: list[tuple[float, Path]] = []
    given: Any = ctx.params.get("runs_dir")
    for record in paths.runs_dir(given).glob("*/run.json"):
        with suppress(OSError):
            found.append((record.stat().st_ctime, record.parent))
    return [path for _, path in sorted(found, reverse=True)]


def _chosen_run(ctx: typer.Context) -> Path | None:
    chosen = ctx.params.get("run") or ctx.params.get("what") or ctx.params.get("from_run")
    if chosen and (Path(chosen) / "run.json").is_file():
        return Path(chosen)
    known = _run_folders(ctx)
    if not chosen:
        return known[0] if known else None
    return next((path for path in known if path.name.startswith(chosen)), None)
