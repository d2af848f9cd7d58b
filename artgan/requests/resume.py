"""The request behind ``artgan resume``."""

from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from artgan.errors import UserError
from artgan.requests import shared
from artgan.requests.declare import Option
from artgan.requests.shared import FILES, Place
from artgan.requests.train import CHANGEABLE, SETTINGS, ChangeableSettings, Listening, unknown_setting


@dataclass(frozen=True, eq=False, repr=False)
class ResumeRequest(ChangeableSettings, Listening):
    """A run to continue, and what changes; see :func:`artgan.resume`."""

    run: Annotated[
        shared.RunName,
        replace(shared.RUN_ARGUMENT, help="Run to continue: its name, a unique prefix of it, or its path"),
    ] = None
    _: KW_ONLY
    checkpoint: Annotated[str | int | Path | None, replace(shared.CHECKPOINT, help="Checkpoint to continue from")] = (
        None
    )
    data: Annotated[
        Place,
        Option(
            help="Where the run's own images are now, if they have moved",
            panel=FILES,
            metavar="PATH",
            typed=str,
        ),
    ] = None
    runs_dir: shared.RunsDir = None
    data_dir: Annotated[Place, replace(shared.DATA_DIR, default_help="where it was")] = None
    gallery_dir: shared.GalleryDir = None

    @classmethod
    def refuse_unknown(cls, name: str) -> UserError:
        """Return the error for a keyword that isn't an option, or that a run keeps for good."""
        if name in SETTINGS or name == "loss":
            return UserError(f"{name} can't be changed when a run is resumed: start a new run with `artgan train`.")
        return unknown_setting(name)

    def changes(self) -> dict[str, Any]:
        """Return the settings that were given."""
        return {name: getattr(self, name) for name in self.given & CHANGEABLE}
