"""``artgan train``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples

if TYPE_CHECKING:
    from artgan.api.run import Run
    from artgan.training.events import Listener


def train(
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What to train (dcgan; what suits your own pictures); `artgan models` lists them.",
            autocompletion=completion.models,
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|PATH",
            help="What to learn from (glyphs): a data set's name, or a folder of images.",
            autocompletion=completion.data,
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS",
            help="Height and width that images are brought to.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            "-o",
            metavar="KEY=VALUE",
            help="An option of the model (repeatable); `artgan models NAME` lists them.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The game's loss, of a model that leaves it open: short for -o loss=NAME.",
            autocompletion=completion.losses,
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    data_option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="An option of the data set (repeatable); `artgan datasets NAME` lists them.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    strict: options.StrictOrNot = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="All of this in a file; the command line wins.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="A run to begin from: its weights where shapes agree; its model and data unless given.",
            autocompletion=completion.runs,
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    from_checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="STEP|FILE|best",
            help="Which checkpoint of it (the last).",
            autocompletion=completion.checkpoints,
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    epochs: options.Epochs = None,
    steps: options.Steps = None,
    time: options.Time = None,
    stop_on_collapse: options.StopOnCollapse = None,
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="N", help="Images a step.", rich_help_panel=options.HOW),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Where all randomness comes from (0).", rich_help_panel=options.HOW),
    ] = None,
    device: options.Device = None,
    precision: options.Precision = None,
    threads: options.Threads = None,
    devices: options.Devices = None,
    nodes: options.Nodes = None,
    compile: options.Compile = None,
    cuda_graphs: options.CUDAGraphs = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The run's name (the model, the data and a number).",
            rich_help_panel=options.FILES,
        ),
    ] = None,
    runs_dir: options.RunsDir = None,
    data_dir: options.DataDir = None,
    gallery_dir: options.GalleryDir = None,
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--no-mirror",
            help="Whether images are shown mirrored too (for your own pictures: if left and right are alike).",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    balance: Annotated[
        bool | None,
        typer.Option(
            "--balance/--no-balance",
            help="Whether all labels are shown equally often, however few images they have.",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    gallery: options.HangGallery = None,
    track: options.Track = None,
    sample_every: options.SampleEvery = None,
    checkpoint_every: options.CheckpointEvery = None,
    keep_checkpoints: options.KeepCheckpoints = None,
    evaluate_every: options.EvaluateEvery = None,
    evaluate_metrics: options.EvaluateMetrics = None,
    evaluate_images: options.EvaluateImages = None,
    evaluate_features: options.EvaluateFeatures = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print the full resolved configuration, and stop.",
            rich_help_panel=options.OUTPUT,
        ),
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Train a model on images, and hang 64 of its pictures in the gallery.

    It ends with whichever of --epochs, --steps and --time comes first; each model has a sensible default.
    Ctrl-C stops after the step and writes a checkpoint; `artgan resume` goes on from there.
    """
    from artgan.plugins.options import parse_pairs

    given: dict[str, Any] = {
        "model": model,
        "data": data,
        "size": size,
        "options": parse_pairs(option, "--option") if option else None,
        "data_options": parse_pairs(data_option, "--data-option") if data_option else None,
        "loss": loss,
        "from_run": from_run,
        "from_checkpoint": from_checkpoint,
        "epochs": epochs,
        "steps": steps,
        "time": time,
        "stop_on_collapse": stop_on_collapse,
        "batch_size": batch_size,
        "strict": strict,
        "mirror": mirror,
        "balance": balance,
        "seed": seed,
        "device": device,
        "precision": precision,
        "threads": threads,
        "devices": devices,
        "nodes": nodes,
        "compile": compile,
        "cuda_graphs": cuda_graphs,
        "name": name,
        "runs_dir": runs_dir,
        "data_dir": data_dir,
        "gallery_dir": gallery_dir,
        "gallery": gallery,
        "track": list(track) if track else None,
        "sample_every": sample_every,
        "evaluate_every": evaluate_every,
        "evaluate_metrics": evaluate_metrics,
        "evaluate_images": evaluate_images,
        "evaluate_features": evaluate_features,
        "checkpoint_every": checkpoint_every,
        "keep_checkpoints": keep_checkpoints,
        "config_file": config,
    }
    request = {key: value for key, value in given.items() if value is not None}
    if dry_run:
        from artgan.api.train import plan as resolve_plan

        plan = resolve_plan(**request)
        output.print_json(plan) if json else output.print_toml(plan)
        return
    from artgan.cli.session import follow

    def work(listeners: "list[Listener]") -> "Run":
        from artgan.api.train import train as start

        return start(listeners=listeners, **request)

    follow(work, json, quiet)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "train",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan train", "a DCGAN on drawn digits"),
            ("artgan train --model dcgan --data mnist", "the classic"),
            ("artgan train --data ./pictures --size 64", "your own images"),
            ("artgan train --model mlp --time 5m -o dropout=0.3", "five minutes, an option"),
            ("artgan train --from first --data ./pictures", "on from a run's weights"),
            ("artgan train --steps 2000 --name first --seed 7", "a named run"),
            ("artgan train --dry-run > my.toml", "all options, in a file"),
            ("artgan train --config my.toml", "and from it"),
        ),
    )(train)
