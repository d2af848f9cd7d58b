"""What the shell offers after Tab. Nothing here may import torch, pydantic or a plugin's networks."""

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
    """Models' names."""
    return _brought(specs.ModelSpec, incomplete)


def datasets(incomplete: str) -> Found:
    """Data sets' names."""
    return _brought(specs.DatasetSpec, incomplete)


def losses(incomplete: str) -> Found:
    """Losses' names."""
    return _brought(specs.LossSpec, incomplete)


def metrics(incomplete: str) -> Found:
    """Metrics' names, after the last comma."""
    begun, comma, last = incomplete.rpartition(",")
    return [(f"{begun}{comma}{name}", summary) for name, summary in _brought(specs.MetricSpec, last)]


def kinds(incomplete: str) -> Found:
    """Kinds of plugins."""
    return _matching(((kind.kind, "") for kind in specs.KINDS), incomplete)


def data(incomplete: str) -> Found:
    """Data sets' names, or folders once a path is begun."""
    if incomplete.startswith((".", "~", os.sep)) or "/" in incomplete:
        return _matching(_folders(incomplete), incomplete)
    return datasets(incomplete)


def runs(ctx: typer.Context, incomplete: str) -> Found:
    """Runs' names, newest first."""
    return _matching(((path.name, "") for path in _run_folders(ctx)), incomplete)


def checkpoints(ctx: typer.Context, incomplete: str) -> Found:
    """Steps of the run's checkpoints."""
    run = _chosen_run(ctx)
    found = sorted((run / "checkpoints").glob("step-*.safetensors"), reverse=True) if run else []
    steps = [(path.stem.removeprefix("step-").lstrip("0") or "0", "") for path in found]
    if run and (run / "checkpoints" / "best.safetensors").exists():
        steps.insert(0, ("best", "the best that was measured"))
    return _matching(steps, incomplete)


def labels(ctx: typer.Context, incomplete: str) -> Found:
    """The run's labels."""
    run = _chosen_run(ctx)
    if run is None:
        return []
    with suppress(OSError, ValueError, KeyError, TypeError):
        names = json.loads((run / "run.json").read_text(encoding="utf-8"))["data"]["labels"]
        return _matching(((str(name), "") for name in names), incomplete)
    return []


def label_shares(ctx: typer.Context, incomplete: str) -> Found:
    """What ``--labels`` takes."""
    return _matching([("each", "equal shares of all labels")], incomplete)


def layers(ctx: typer.Context, incomplete: str) -> Found:
    """Names of parts of a model's layers."""
    return _matching([("coarse", "pose and shape"), ("middle", "parts"), ("fine", "colours")], incomplete)


def trackers(incomplete: str) -> Found:
    """Trackers' names."""
    return [*_brought(specs.TrackerSpec, incomplete), *_matching([("none", "no tracker")], incomplete)]


def curators(incomplete: str) -> Found:
    """Curators' names."""
    return _brought(specs.CuratorSpec, incomplete)


def plugins(incomplete: str) -> Found:
    """Plugins' names."""
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
