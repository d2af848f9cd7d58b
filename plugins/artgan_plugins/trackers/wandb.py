"""Weights & Biases: logs runs to the project ``WANDB_PROJECT``, or ``artgan``."""

import os
from typing import Any

import artgan
from artgan.training.events import Started


class WandB(artgan.Tracker):
    """Logs online or, with ``WANDB_MODE=offline``, to the run's folder ``wandb``, for ``wandb sync``."""

    requires = ("wandb",)
    install = "artgan[wandb]"

    def start(self, event: Started) -> None:
        """Open the run, or continue it if it is resumed."""
        import wandb

        mode = os.environ.get("WANDB_MODE", wandb.setup().settings.mode)
        # Don't prompt for a login in the middle of a run, when no one may be there to answer.
        if mode in (None, "online", "shared") and not wandb.login(prompt=False):
            raise artgan.UserError("Not logged in to Weights & Biases: run `wandb login`, or set WANDB_MODE=offline.")
        self.tracked = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "artgan"),
            name=self.run.name,
            id=self.run_id,
            resume="allow",
            dir=str(self.run.path),
            config=self.configuration(),
            settings=wandb.Settings(silent=True, console="off"),
        )
        # wandb's own steps can only increase, but a run may go back to an earlier step.
        self.tracked.define_metric("*", step_metric="step")

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """Log one curve per metric."""
        self.tracked.log({"step": step, **metrics})

    def show(self, step: int, sheet: Any) -> None:
        """Log a sample sheet, with a slider over the steps."""
        import wandb

        self.tracked.log({"step": step, "samples": wandb.Image(sheet)})

    def finish(self, status: str) -> None:
        """Upload the remaining metrics, and close the run."""
        self.tracked.summary["status"] = status
        self.tracked.finish(exit_code=int(status == "failed"))
