"""The command line, one file per command: parse, call :mod:`artgan.api`, print."""

import os
import sys
import warnings
from typing import Annotated, Any

import typer

from artgan._version import __version__
from artgan.cli import (
    blend,
    data,
    datasets,
    errors,
    evaluate,
    explore,
    export,
    gallery,
    interpolate,
    mix,
    models,
    plugins,
    project,
    recreate,
    resume,
    runs,
    signals,
    streams,
    train,
)
from artgan.cli.options import examples
from artgan.cli.program import Program

app = typer.Typer(
    name="artgan",
    cls=Program,
    help="Train generative adversarial networks on your own images, and exhibit what they generate.",
    epilog=examples(
        ("artgan train", "a first GAN, no download needed"),
        ("artgan train --model dcgan --data mnist", "choose the model and the data set"),
        ("artgan gallery --seed 42 --n 64", "generate images with the latest run"),
        ("artgan train --help", "help for a command"),
    ),
    invoke_without_command=True,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"artgan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


for _part in (
    *(train, gallery, interpolate, mix, explore, project, blend, export, recreate),
    *(resume, evaluate, runs, models, datasets, data, plugins),
):
    _part.register(app)


def _show_warning(message: Warning | str, *_: object) -> None:
    streams.say(f"Warning: {message}")


def main() -> None:
    """Run the command line; the console script's entry point."""
    streams.open_missing()
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    if "_ARTGAN_COMPLETE" in os.environ:
        warnings.simplefilter("ignore")  # the shell would show them in the middle of the line
    signals.end_tidily()
    code: Any = 1
    try:
        code = errors.run(typer.main.get_command(app))
    except SystemExit as leaving:  # typer's answer to a reader that has left, or a plugin's command
        code = leaving.code
    sys.exit(errors.finish(code))
