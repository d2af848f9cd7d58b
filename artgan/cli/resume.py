"""``artgan resume``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import options
from artgan.cli.command import Command
from artgan.cli.options import examples

if TYPE_CHECKING:
    from artgan.api.run import Run
    from artgan.training.events import Listener


def resume(
    run: options.RunArgument = None,
    checkpoint: options.Checkpoint = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Where the run's own pictures are now, if they have moved.",
            rich_help_panel=options.FILES,
        ),
    ] = None,
    strict: options.StrictOrNot = None,
    epochs: options.Epochs = None,
    steps: options.Steps = None,
    time: options.Time = None,
    stop_on_collapse: options.StopOnCollapse = None,
    device: options.Device = None,
    precision: options.Precision = None,
    threads: options.Threads = None,
    devices: options.Devices = None,
    nodes: options.Nodes = None,
    compile: options.Compile = None,
    cuda_graphs: options.CUDAGraphs = None,
    runs_dir: options.RunsDir = None,
    data_dir: options.DataDir = None,
    gallery_dir: options.GalleryDir = None,
    gallery: options.HangGallery = None,
    track: options.Track = None,
    sample_every: options.SampleEvery = None,
    checkpoint_every: options.CheckpointEvery = None,
    keep_checkpoints: options.KeepCheckpoints = None,
    evaluate_every: options.EvaluateEvery = None,
    evaluate_metrics: options.EvaluateMetrics = None,
    evaluate_images: options.EvaluateImages = None,
    evaluate_features: options.EvaluateFeatures = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Go on with a run where it stopped; the latest if none is named.

    One that was stopped before its first checkpoint begins again.
    A finished run goes on with a longer budget; --steps, --epochs and --time count from its beginning.
    """
    from artgan.cli.session import follow

    given: dict[str, Any] = {
        "checkpoint": checkpoint,
        "data": data,
        "strict": strict,
        "epochs": epochs,
        "steps": steps,
        "time": time,
        "stop_on_collapse": stop_on_collapse,
        "device": device,
        "precision": precision,
        "threads": threads,
        "devices": devices,
        "nodes": nodes,
        "compile": compile,
        "cuda_graphs": cuda_graphs,
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
    }
    request = {key: value for key, value in given.items() if value is not None}

    def work(listeners: "list[Listener]") -> "Run":
        from artgan.api.resume import resume as go_on

        return go_on(run, listeners=listeners, **request)

    follow(work, json, quiet)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "resume",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan resume", "the latest run"),
            ("artgan resume dcgan-mnist-001", "this one"),
            ("artgan resume dcgan-m --steps 20000", "a longer budget; a prefix will do"),
        ),
    )(resume)
