"""MLflow: logs runs to the server or database given by ``MLFLOW_TRACKING_URI``."""

import os
import re
import time
from typing import Any

import artgan
from artgan.training.events import Started

SECONDS_BETWEEN_WRITES = 5.0
MOST_PARAMETERS = 100
LONGEST_PARAMETER = 500


class MLflow(artgan.Tracker):
    """Logs to the experiment ``MLFLOW_EXPERIMENT_NAME``, or ``artgan``; sends metrics every few seconds."""

    requires = ("mlflow",)
    install = "artgan[mlflow]"

    def start(self, event: Started) -> None:
        """Open the run, or continue it if it is resumed."""
        from mlflow.entities import Param
        from mlflow.tracking import MlflowClient

        self.client = MlflowClient()
        self.waiting: list[Any] = []
        self.written = time.monotonic()
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "artgan")
        experiment = self.client.get_experiment_by_name(name)
        home = experiment.experiment_id if experiment else self.client.create_experiment(name)
        known = self.client.search_runs([home], f"tags.artgan = '{self.run_id}'", max_results=1)
        if known:
            self.id = known[0].info.run_id
            self.client.update_run(self.id, status="RUNNING")
            return
        self.id = self.client.create_run(home, run_name=self.run.name, tags={"artgan": self.run_id}).info.run_id
        parameters = [Param(key, str(value)[:LONGEST_PARAMETER]) for key, value in self.configuration().items()]
        self.client.log_batch(self.id, params=parameters[:MOST_PARAMETERS])

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """Log one curve per metric; MLflow doesn't accept parentheses in names."""
        from mlflow.entities import Metric

        now = round(time.time() * 1000)
        self.waiting += [
            Metric(re.sub(r"[^\w\-. :/]+", " ", name).strip(), value, now, step) for name, value in metrics.items()
        ]
        if time.monotonic() - self.written > SECONDS_BETWEEN_WRITES:
            self._write()

    def show(self, step: int, sheet: Any) -> None:
        """Log a sample sheet, with a slider over the steps."""
        self.client.log_image(self.id, sheet, key="samples", step=step, synchronous=True)

    def finish(self, status: str) -> None:
        """Send the remaining metrics, and close the run."""
        self._write()
        state = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}[status]
        self.client.set_terminated(self.id, state)

    def _write(self) -> None:
        for first in range(0, len(self.waiting), 1000):  # the limit of a request
            self.client.log_batch(self.id, metrics=self.waiting[first : first + 1000])
        self.waiting.clear()
        self.written = time.monotonic()
