"""Checkpoints whose seal is valid and whose contents are nonsense: whoever writes a file can seal it."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as some
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from artgan.build import model_class, model_options
from artgan.data.dataset import ImageInfo
from artgan.errors import ArtganError
from artgan.runs import checksum
from artgan.runs.record import RunRecord
from artgan.sampling.load import load_for_sampling
from artgan.training import checkpoint
from tests.attacks.nonsense import nearly

# Values of the header that are JSON.
PARTS = ("progress", "groups", "scalars")
DTYPES = (torch.uint8, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool)
WATCH: dict[str, Any] = {
    "images": 8,
    "since": {"collapsed": 3},
    "sheets": [0.5],
    "best_variety": 0.5,
    "evaluations": {"fid": [[3, 1.5]]},
}


@cache
def _trial() -> Any:
    from artgan.testing.trial_training import TrialTraining

    torch.set_num_threads(1)
    options = model_options("mlp", {"hidden": "8", "latent_dim": 4})
    return TrialTraining(model_class("mlp"), options, ImageInfo(1, 8, 8), 4)


@cache
def _whole() -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Header and tensors of a checkpoint as artgan writes it."""
    trial = _trial()
    trial.train()
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "step-00000001.safetensors"
        checkpoint.save(path, trial.trainer)
        with safe_open(path, framework="pt") as file:
            header = {key: value for key, value in file.metadata().items() if key != checksum.KEY}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    parts = {key: json.loads(value) if key in PARTS else value for key, value in header.items()}
    parts["progress"]["watch"] = WATCH
    return parts, tensors


@some.composite
def sealed(draw: Any) -> bytes:
    """What to change: of the header's JSON, and of the tensors."""
    header, tensors = _whole()
    header = draw(nearly(header) | some.just(header))
    changes = {}
    for name in draw(some.lists(some.sampled_from(sorted(tensors)), max_size=2)):
        changes[name] = draw(some.sampled_from(["drop", "shape", "scalar", "rename", "nan", *map(str, DTYPES)]))
    return json.dumps([header, changes, draw(some.text(max_size=9))]).encode()


def _tensors(changes: dict[str, str], other: str) -> dict[str, Tensor]:
    found = dict(_whole()[1])
    for name, change in changes.items():
        tensor = found.pop(name)
        match change:
            case "drop":
                continue
            case "shape":
                tensor = tensor.reshape(-1)[:1].clone().repeat(3)
            case "scalar":
                tensor = tensor.reshape(-1)[0].clone() if tensor.numel() else torch.tensor(1.0)
            case "rename":
                name = f"{name.rpartition('/')[0]}/{other}"
            case "nan":
                tensor = torch.full_like(tensor.float(), float("nan"))
            case _:
                tensor = tensor.to(next(dtype for dtype in DTYPES if str(dtype) == change))
        found[name] = tensor
    return found


def read_sealed(folder: Path, content: bytes) -> None:
    """Seal it, resume from it, train a step, and sample from it."""
    from artgan.training.failure_monitor import FailureMonitor

    header, changes, other = json.loads(content)
    if not isinstance(header, dict):
        return
    path = folder / "step-00000001.safetensors"
    texts = {key: json.dumps(value) if key in PARTS else str(value) for key, value in header.items()}
    try:
        save_file(_tensors(changes, other), path, metadata={**texts, checksum.KEY: checksum.BLANK})
    except Exception:  # what can't be written, such as half of a character
        return
    checksum.seal(path)
    trial = _trial()
    try:
        progress = checkpoint.load_for_training(path, trial.trainer)
        monitor = FailureMonitor(_NoRun(), lambda event: None, 1.0)  # type: ignore[arg-type]
        monitor.restore(progress.get("watch", {}), trial.trainer.step)
        monitor.state()
        trial.trainer.require_finite()
        trial.trainer.train_step(trial.trainer.feed.batch(int(trial.trainer.step)))
        trial.trainer.meter.means()
    except ArtganError:
        load_for_sampling(path, trial.model)
        raise


class _NoRun:
    """What a failure monitor needs of a run."""

    def __init__(self) -> None:
        self.details = RunRecord(created="")

    def update(self, **changes: Any) -> None:
        """Keep nothing."""
