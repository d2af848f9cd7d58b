"""Weights & Biases: runs appear in the project that ``WANDB_PROJECT`` names, or ``artgan``."""

import os
from typing import Any

import artgan
from artgan.training.events import Started


class WandB(artgan.Tracker):
    """Where ``WANDB_MODE=offline`` is set, files are kept in the run's folder ``wandb``, for ``wandb sync``."""

    requires = ("wandb",)
    install = "artgan[wandb]"

    def start(self, event: Started) -> None:
        """Open the run, or go on with it if it is resumed."""
        import wandb

        mode = os.environ.get("WANDB_MODE", wandb.setup().settings.mode)
        # Asked in the middle of a training, nobody would answer.
        if mode in (None, "online", "shared") and not wandb.login(prompt=False):
            raise artgan.UserError("Weights & Biases knows no account here: `wandb login`, or set WANDB_MODE=offline.")
        self.tracked = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "artgan"),
            name=self.run.name,
            id=self.run_id,
            resume="allow",
            dir=str(self.run.path),
            config=self.configuration(),
            settings=wandb.Settings(silent=True, console="off"),
        )
        # Its own steps only ever rise; those of a training that has gone back don't.
        self.tracked.define_metric("*", step_metric="step")

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """A curve a metric."""
        self.tracked.log({"step": step, **metrics})

    def show(self, step: int, sheet: Any) -> None:
        """A sheet under the slider."""
        import wandb

        self.tracked.log({"step": step, "samples": wandb.Image(sheet)})

    def finish(self, status: str) -> None:
        """Upload what is left."""
        self.tracked.summary["status"] = status
        self.tracked.finish(exit_code=int(status == "failed"))
