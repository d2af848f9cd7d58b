"""What ``run.json`` tells of a training."""

import platform
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import torch

from artgan import build
from artgan._version import __version__
from artgan.config import TrainingJob
from artgan.data.dataset import Dataset
from artgan.data.prepare import Prepared
from artgan.errors import UserError
from artgan.plugins.specs import Spec
from artgan.runs import dependencies
from artgan.runs.folder import Kind, RunFolder
from artgan.training.budget import Budget
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Notice
from artgan.training.trainer import Trainer


def describe(
    request: TrainingJob,
    model: Any,
    prepared: Prepared,
    dataset: Dataset,
    engine: Engine,
    batch_size: int,
    budget: Budget,
    plugins: Mapping[str, Spec],
) -> dict[str, Any]:
    """What ``run.json`` holds of everything that affects the result."""
    info = prepared.info
    config = request.config.with_values(batch_size=batch_size)
    return {
        "budget": {"max_steps": budget.max_steps, "max_seconds": budget.max_seconds},
        "config": config.values(),
        "model": {
            "options": model.options.model_dump(mode="json"),
            "parameters": build.parameter_counts(model),
        },
        "data": {
            "name": build.data_name(config, dataset.options),
            "shape": list(info.shape),
            "labels": list(info.label_names),
            "images": len(prepared),
            "options": dataset.settled().model_dump(mode="json"),
            "fingerprint": prepared.fingerprint,
            "folder": str(request.data_dir.resolve()),
            "licence": dataset.licence,
        },
        "device": engine.device_name,
        "precision": engine.precision,
        "processes": engine.processes,
        "plugins": {part: dependencies.origin(spec) for part, spec in plugins.items()},
        "versions": {
            "artgan": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "lightning-fabric": version("lightning-fabric"),
            "platform": platform.platform(),
        },
    }


def check_same_data(run: RunFolder, prepared: Prepared, emit: Broadcast) -> None:
    if run.record["data"]["fingerprint"] == prepared.fingerprint:
        return
    if run.image_info() != prepared.info:
        raise UserError(f"The images of {run.name} have changed in shape or labels since it started: start a new run.")
    emit(Notice(f"The images have changed since {run.name} started; it goes on with what is there now."))


def open_run(request: TrainingJob, entries: dict[str, Any], resumed: Kind | None, kind: type[Kind]) -> Kind:
    """A new run with these entries, or ``resumed`` with them; marked as running in this process."""
    stem = re.sub(r"[^\w.+-]+", "-", f"{request.config.model}-{entries['data']['name']}")
    run = resumed or kind.create(request.runs_dir, request.name, stem, entries)
    run.claim()
    if resumed is not None:
        # Where it began stays on record; where it goes on is added.
        session = {key: entries.pop(key) for key in ("versions", "plugins")}
        entries["sessions"] = [*run.record.get("sessions", []), session]
        # What a user asked for once, not what came of it: a recipe that is given to a child would have no say.
        asked = run.record["config"]
        entries["config"] |= {key: asked[key] for key in ("options", "data_options") if key in asked}
    try:
        run.update(**entries)
    except BaseException:
        run.release()
        raise
    return run


def forget_after(run: RunFolder, trainer: Trainer) -> None:
    """Forget what the run had come to after the trainer's step: it goes on from there."""
    run.set_aside_after(trainer.step)
    known = run.record.get("recoveries", [])
    if len(known) > trainer.recoveries:
        run.update(recoveries=known[: trainer.recoveries])
