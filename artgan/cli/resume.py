"""``artgan resume``."""

import typer

from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.requests.resume import ResumeRequest


def resume(request: ResumeRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Continue a run from where it stopped.

    A finished run needs a longer budget; --steps, --epochs and --time count from the start of the run. A run that was
    stopped before its first checkpoint is restarted.
    """
    from artgan.api import resume as api
    from artgan.cli.training_report import follow

    follow(lambda listeners: api.resume(request.with_listeners(listeners)), json, quiet)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "resume",
        resume,
        "Make",
        examples(
            ("artgan resume", "the latest run"),
            ("artgan resume dcgan-mnist-001", "this one"),
            ("artgan resume dcgan-m --steps 20000", "with a longer budget; a prefix of the name will do"),
        ),
    )
