"""Trainers of tiny models on a few random images, for tests that look into a training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artgan.build import build_model
from artgan.config import make_config
from artgan.data.dataset import ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared
from artgan.training.budget import Budget
from artgan.training.callback import Callback, Callbacks, Training
from artgan.training.engine import Engine
from artgan.training.interrupts import Interrupts
from artgan.training.schedule import Schedule
from artgan.training.trainer import Trainer


def tiny_trainer(
    model: str,
    options: dict[str, Any],
    *,
    info: ImageInfo,
    images: int,
    batch: int,
    steps: int,
    save_at: int,
    save: Callable[[Training], None] | None = None,
    device: str = "cpu",
) -> Trainer:
    """A trainer for ``steps`` steps on so many ``images`` of two labels; it calls ``save`` every ``save_at`` steps."""
    torch.manual_seed(0)
    engine = Engine(make_config({"device": device, "precision": "32-true" if device == "cpu" else "auto"}))
    with engine.init_module():
        built = build_model(model, options, info)
    engine.place(built)
    pixels = np.random.default_rng(0).integers(0, 256, (images, info.height, info.width, info.channels), dtype=np.uint8)
    prepared = Prepared(pixels, np.arange(images) % 2, info, "", Path())
    return Trainer(
        engine,
        built,
        Feed(prepared, batch, 0, engine.device),
        Budget(steps, None),
        schedule=Schedule(checkpoint_every=save_at),
        callbacks=Callbacks([_Saving(save)] if save else []),
    )


class _Saving(Callback):
    """Calls a function with the training when a checkpoint is due."""

    def __init__(self, save: Callable[[Training], None]) -> None:
        self.save = save

    def on_checkpoint_due(self, training: Training, required: bool) -> None:
        """Call it."""
        self.save(training)


def run(ready: Trainer) -> Trainer:
    """Train to the end of the budget."""
    with Interrupts() as interrupts:
        ready.run(interrupts)
    return ready
