"""TensorBoard: ``tensorboard --logdir runs`` shows all runs."""

from typing import Any

import artgan
from artgan.training.events import Started


class TensorBoard(artgan.Tracker):
    """Writes event files into the run's folder ``tensorboard``."""

    requires = ("tensorboard",)
    install = "artgan[tensorboard]"

    def start(self, event: Started) -> None:
        """Open the event file; hide what a killed session logged after its last checkpoint."""
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(str(self.run.path / "tensorboard"), purge_step=event.first_step + 1)
        rows = [f"| {key} | {value} |" for key, value in self.configuration().items()]
        self.writer.add_text("configuration", "\n".join(["| option | value |", "| --- | --- |", *rows]))

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """Log one curve per metric."""
        for name, value in metrics.items():
            self.writer.add_scalar(name, value, step)

    def show(self, step: int, sheet: Any) -> None:
        """Log a sample sheet, with a slider over the steps."""
        self.writer.add_image("samples", sheet, step, dataformats="HWC")

    def go_back(self, step: int) -> None:
        """Hide later steps."""
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        # In the same file: if two files start within a second, TensorBoard may read the later one first.
        start = Event(session_log=SessionLog(status=SessionLog.START))
        self.writer.file_writer.add_event(start, step + 1)  # type: ignore[attr-defined]  # torch has it None at first

    def finish(self, status: str) -> None:
        """Flush and close the event file."""
        self.writer.close()
