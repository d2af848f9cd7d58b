"""What is attacked: small trainings that between them use every first-party model and every part that adapts."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

import artgan
from artgan.training import checkpointer, sample_sheets
from artgan.training.trainer import Trainer

STEPS = 24


@dataclass(frozen=True)
class Case:
    """A training, and whether its weights are made to diverge on the way."""

    values: dict[str, Any]
    diverges_at: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)


CASES = {
    "mlp": Case({"model": "mlp", "options": {"hidden": "16", "latent_dim": 8, "dropout": 0.3, "batch_norm": True}}),
    "adaptive": Case(
        {
            "model": "dcgan",
            "options": {
                "width": 4,
                "augment": "color,translation,cutout,flip,affine",
                "augment_p": "adaptive",
                "ada_kimg": 0.1,
                "lr_decay": "cosine",
            },
        }
    ),
    "noisy": Case(
        {
            "model": "cgan",
            "loss": "hinge",
            "options": {"width": 4, "r1": 0, "spectral_norm": True, "instance_noise": 0.5, "lr_decay": "linear"},
        }
    ),
    "critic": Case({"model": "wgan-gp", "options": {"width": 4, "d_steps": 2}}),
    "r3gan": Case({"model": "r3gan", "options": {"width": 16, "expansion": 1}}),
    "lightgan": Case({"model": "lightgan", "options": {"width": 4, "latent_dim": 8}, "size": 32}),
    "growing": Case({"model": "progan", "options": {"width": 4, "latent_dim": 8}, "size": 32}),
    "styled": Case(
        {
            "model": "stylegan2-cond",
            "options": {"width": 4, "latent_dim": 8, "style_mixing": 0.9, "path": 2, "spread": True, "r1_interval": 4},
            "size": 32,
        }
    ),
    "recovering": Case({"model": "mlp", "options": {"hidden": "8", "latent_dim": 4}}, diverges_at=13),
    "measured": Case(
        {"model": "mlp", "options": {"hidden": "8", "latent_dim": 4}},
        settings={"evaluate_every": 6, "evaluate_images": 32, "evaluate_features": "random"},
    ),
}


@contextmanager
def small(case: Case) -> Iterator[None]:
    """Statistics of fewer latents, and a divergence if the case has one."""
    before = checkpointer.CHECKPOINT_STATISTICS, sample_sheets.SHEET_STATISTICS, Trainer.train_step
    checkpointer.CHECKPOINT_STATISTICS = sample_sheets.SHEET_STATISTICS = 128
    healthy = Trainer.train_step

    def diverging(self: Trainer, batch: Any) -> None:
        healthy(self, batch)
        if batch.step == case.diverges_at and not self.recoveries:
            next(self.model.parameters()).data.fill_(float("nan"))

    Trainer.train_step = diverging  # type: ignore[method-assign]
    try:
        yield
    finally:
        checkpointer.CHECKPOINT_STATISTICS, sample_sheets.SHEET_STATISTICS, Trainer.train_step = before  # type: ignore[method-assign]


def train(case: Case, folder: Path, listeners: tuple[Any, ...] = ()) -> artgan.Run:
    """The training, begun in ``folder``, or gone on with if it was begun there."""
    with small(case):
        if (folder / "run" / "run.json").exists():
            if (run := artgan.Run(folder / "run")).status == "finished":
                return run
            return artgan.resume(folder / "run", gallery=False, listeners=listeners)
        return artgan.train(
            data="glyphs",
            data_options={"images": 64},
            batch_size=8,
            steps=STEPS,
            checkpoint_every=4,
            sample_every=6,
            runs_dir=folder,
            name="run",
            gallery=False,
            device="cpu",
            precision="32-true",
            listeners=listeners,
            **case.values,
            **case.settings,
        )


def alone() -> None:
    """One thread, so that processes can be forked, and nothing of the user's is touched."""
    torch.set_num_threads(1)
    os.environ["ARTGAN_DISABLE"] = "tensorboard"


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two runs' folders but for the clock; empty if nothing does."""
    found = [f"{name} is missing" for name in _names(one) - _names(other)]
    found += [f"{name} is too many" for name in _names(other) - _names(one)]
    for name in sorted(_names(one) & _names(other)):
        same = _readers.get(Path(name).suffix, Path.read_bytes)
        first, second = same(one / name), same(other / name)
        if first != second:
            found.append(f"{name} differs{_where(first, second)}")
    return found


def _where(one: Any, other: Any) -> str:
    """Which entries of two dicts differ."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return ""
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    shown = [f"{key} ({one.get(key)} or {other.get(key)})"[:80] for key in keys[:3]]
    return f" in {', '.join(shown)}" + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")


def _names(folder: Path) -> set[str]:
    """Files that make a run, as paths inside it; what was set aside, held for exhibits, and locks, don't."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)) for path in files if not path.name.startswith((".", "left-", "exhibited-"))}


def _checkpoint(path: Path) -> Any:
    with safe_open(path, framework="pt") as file:
        header = {key: value for key, value in file.metadata().items() if key != "sha256"}
        progress = json.loads(header.pop("progress"))
        tensors = {name: _bits(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    return {**header, **_timeless(progress), **tensors}


def _bits(tensor: torch.Tensor) -> tuple[str, tuple[int, ...], bytes]:
    content = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return str(tensor.dtype), tuple(tensor.shape), content


def _record(path: Path) -> Any:
    record = json.loads(path.read_text())
    kept = ("status", "progress", "alarms", "recoveries", "best", "budget", "model", "data", "error")
    return _timeless({key: record.get(key) or None for key in kept})


def _log(path: Path) -> Any:
    return [_timeless(json.loads(line)) for line in path.read_text().splitlines()]


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(entry) for key, entry in value.items() if key != "seconds"}
    return value


_readers: dict[str, Any] = {".safetensors": _checkpoint, ".json": _record, ".jsonl": _log}
