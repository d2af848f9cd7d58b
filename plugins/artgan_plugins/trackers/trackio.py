"""Trackio: ``trackio show --project artgan`` opens a page on this machine."""

import contextlib
import io
import os
from typing import Any

import artgan
from artgan.training.events import Started


class Trackio(artgan.Tracker):
    """Logs to this machine, or to the place set by trackio's variables (``TRACKIO_SPACE_ID``, ``TRACKIO_DIR``, …)."""

    requires = ("trackio",)
    install = "artgan[trackio]"

    def start(self, event: Started) -> None:
        """Open the run, or continue it if it is resumed."""
        import trackio

        with contextlib.redirect_stdout(io.StringIO()):
            self.tracked = trackio.init(
                project=os.environ.get("TRACKIO_PROJECT", "artgan"),
                name=self.run_id,
                config=dict(self.configuration()),
                resume="allow",
                embed=False,
            )

    def log(self, step: int, metrics: dict[str, float]) -> None:
        """Log one curve per metric."""
        self.tracked.log(dict(metrics), step=step)

    def show(self, step: int, sheet: Any) -> None:
        """Log a sample sheet, with a slider over the steps."""
        import trackio

        self.tracked.log({"samples": trackio.Image(sheet)}, step=step)

    def finish(self, status: str) -> None:
        """Write the remaining metrics, and close the run."""
        import trackio

        # Not the run's own finish(), because trackio would finish it again on exit and print a message.
        with contextlib.redirect_stdout(io.StringIO()):
            trackio.finish()
