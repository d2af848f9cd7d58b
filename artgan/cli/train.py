"""``artgan train``."""

from typing import Annotated

import typer

from artgan.cli import output
from artgan.cli.command import OUTPUT
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.requests.train import TrainRequest

DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Print all settings, as a file for --config, and stop.", rich_help_panel=OUTPUT),
]


def train(
    request: TrainRequest, dry_run: DryRun = False, json: Json = False, quiet: Quiet = False, debug: Debug = False
) -> None:
    """Train a model on images, then make an exhibit of 64 images that it generates.

    Training ends when --epochs, --steps or --time is reached, whichever comes first; by default it takes as many steps
    as suit the model. Ctrl-C stops it after the current step and saves a checkpoint; `artgan resume` continues from
    there.
    """
    if dry_run:
        from artgan.api.train import plan

        planned = plan(request)
        output.print_json(planned) if json else output.print_toml(planned)
        return
    from artgan.api import train as api
    from artgan.cli.training_report import follow

    follow(lambda listeners: api.train(request.with_listeners(listeners)), json, quiet)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "train",
        train,
        "Make",
        examples(
            ("artgan train", "a DCGAN on drawn digits"),
            ("artgan train --model dcgan --data mnist", "the classic"),
            ("artgan train --data ./pictures --size 64", "your own images"),
            ("artgan train --model mlp --time 5m -o dropout=0.3", "five minutes, with a model option"),
            ("artgan train --from first --data ./pictures", "start from another run's weights"),
            ("artgan train --steps 2000 --name first --seed 7", "a run with a name"),
            ("artgan train --dry-run > my.toml", "write all settings to a file"),
            ("artgan train --config my.toml", "and train with them"),
        ),
    )
