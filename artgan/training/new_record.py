"""Writes a run's record when it starts or continues."""

import platform
import re
from collections.abc import Mapping
from importlib.metadata import version

import torch

from artgan import build
from artgan._version import __version__
from artgan.config import TrainingJob
from artgan.data.dataset import Dataset
from artgan.data.prepare import Prepared
from artgan.errors import UserError
from artgan.models.model import Model
from artgan.plugins.specs import Spec
from artgan.runs import dependencies
from artgan.runs.entries import BudgetRecord, ConfigRecord, DataRecord, ModelRecord, SessionRecord
from artgan.runs.folder import Kind, RunFolder
from artgan.runs.record import Entries
from artgan.training.budget import Budget
from artgan.training.engine import Engine
from artgan.training.events import Broadcast, Notice
from artgan.training.trainer import Trainer


def describe(
    request: TrainingJob,
    model: Model,
    prepared: Prepared,
    dataset: Dataset,
    engine: Engine,
    batch_size: int,
    budget: Budget,
    plugins: Mapping[str, Spec],
) -> Entries:
    """Return what ``run.json`` holds of everything that affects the result."""
    info = prepared.info
    config = request.config.with_values(batch_size=batch_size)
    return {
        "budget": BudgetRecord(max_steps=budget.max_steps, max_seconds=budget.max_seconds),
        "config": ConfigRecord.parse(config.values()),
        "model": ModelRecord(
            options=model.options.model_dump(mode="json"),
            parameters=build.parameter_counts(model),
        ),
        "data": DataRecord(
            name=build.data_name(config, dataset.options),
            shape=info.shape,
            labels=info.label_names,
            images=len(prepared),
            options=dataset.settled().model_dump(mode="json"),
            fingerprint=prepared.fingerprint,
            folder=str(request.data_dir.resolve()),
            licence=dataset.licence,
        ),
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
    """Emit a notice if the images have changed since ``run`` started.

    Raises:
        UserError: if their shape or their labels have.
    """
    if run.details.data.fingerprint == prepared.fingerprint:
        return
    if run.image_info() != prepared.info:
        raise UserError(f"The images of {run.name} have changed in shape or labels since it started: start a new run.")
    emit(Notice(f"The images have changed since {run.name} started; it continues with what is there now."))


def open_run(request: TrainingJob, entries: Entries, resumed: Kind | None, kind: type[Kind]) -> Kind:
    """Return a new run with these entries, or ``resumed`` with them, marked as running in this process."""
    stem = re.sub(r"[^\w.+-]+", "-", f"{request.config.model}-{entries['data'].name}")
    run = resumed or kind.create(request.runs_dir, request.name, stem, entries)
    run.claim()
    if resumed is not None:
        # What it started with stays in the record; what it continues with is added.
        session = SessionRecord(versions=entries.pop("versions"), plugins=entries.pop("plugins"))
        entries["sessions"] = (*run.details.sessions, session)
        # What a user asked for once, not what it led to: a recipe given to a run that starts from this one would have
        # no effect.
        asked = run.details.config
        entries["config"] = entries["config"].replace(options=asked.options, data_options=asked.data_options)
    try:
        run.update(**entries)
    except BaseException:
        run.release()
        raise
    return run


def forget_after(run: RunFolder, trainer: Trainer) -> None:
    """Forget what the run reached after the trainer's step, from which it continues."""
    run.set_aside_after(trainer.step)
    known = run.details.recoveries
    if len(known) > trainer.recoveries:
        run.update(recoveries=known[: trainer.recoveries])
