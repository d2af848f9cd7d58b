"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from artgan.cli import completion
from artgan.cli.command import OUTPUT
from artgan.plugins.extractor_names import Features

WHAT = "What"
HOW_LONG = "How long"
HOW = "How"
WHERE = "Where it runs"
FILES = "Files"
MEASURING = "Measuring"


def examples(*lines: tuple[str, str]) -> str:
    """The examples at the foot of a help page: a command, and in a few words what it is for."""
    width = max(len(command) for command, _ in lines)
    shown = [f"[bold cyan]{command}[/]{' ' * (width - len(command) + 2)}[dim]{aim}[/]" for command, aim in lines]
    return "[bold]Examples[/]\n" + "\n".join(shown)


def numbers(option: str, text: str | None) -> list[int] | None:
    """``3,14,15`` as numbers; None if nothing was given. Raises :class:`artgan.UserError`."""
    from artgan.errors import UserError

    if text is None:
        return None
    try:
        found = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        found = []
    if not found:
        raise UserError(f"{option} {text} should be numbers with commas between them, such as 3,14,15.")
    return found


def _set_debug(wanted: bool) -> None:
    # In the environment, so that processes which a training launches know it too.
    if wanted:
        os.environ["ARTGAN_DEBUG"] = "1"


Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object on stdout; all else goes to stderr.", rich_help_panel=OUTPUT),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print nothing but the essential: a path or names.", rich_help_panel=OUTPUT),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Show the traceback when something fails (or set ARTGAN_DEBUG=1).",
        callback=_set_debug,
        rich_help_panel=OUTPUT,
    ),
]

SIGNING = "Content credentials"

Sign = Annotated[
    str | None,
    typer.Option(
        "--sign",
        metavar="[CHAIN.pem]",
        help="Sign with this certificate (ARTGAN_SIGN_CERT), as C2PA has it (extra sign).",
        rich_help_panel=SIGNING,
    ),
]
SignKey = Annotated[
    str | None,
    typer.Option(
        "--sign-key",
        metavar="KEY.pem",
        help="Its key (ARTGAN_SIGN_KEY, or in the same file, or beside it as NAME.key).",
        rich_help_panel=SIGNING,
    ),
]
SignTsa = Annotated[
    str | None,
    typer.Option(
        "--sign-tsa",
        metavar="URL",
        help="Ask this authority for time stamps, with which signatures outlive the certificate (nobody).",
        rich_help_panel=SIGNING,
    ),
]

RunsDir = Annotated[
    Path | None,
    typer.Option(
        "--runs-dir",
        metavar="DIR",
        help="Where runs are kept (./runs, or ARTGAN_RUNS).",
        rich_help_panel=FILES,
        # Eager, so that completion knows it wherever it stands on the line.
        is_eager=True,
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Where data sets are looked for and downloaded to (the cache folder, or ARTGAN_DATA).",
        rich_help_panel=FILES,
    ),
]
GalleryDir = Annotated[
    Path | None,
    typer.Option(
        "--gallery-dir",
        metavar="DIR",
        help="Where exhibits are hung (./gallery, or ARTGAN_GALLERY).",
        rich_help_panel=FILES,
    ),
]
Epochs = Annotated[
    float | None,
    typer.Option(metavar="N", help="Times that every image is shown.", rich_help_panel=HOW_LONG),
]
Steps = Annotated[
    int | None,
    typer.Option(metavar="N", help="Steps of training, a batch each.", rich_help_panel=HOW_LONG),
]
Time = Annotated[
    str | None,
    typer.Option(metavar="90s|10m|2h", help="Time in the training loop.", rich_help_panel=HOW_LONG),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"] | None,
    typer.Option(help="Where to compute; auto takes a GPU if there is one.", rich_help_panel=WHERE),
]
Precision = Annotated[
    Literal["auto", "32-true", "bf16-mixed", "16-mixed"] | None,
    typer.Option(
        metavar="NAME",
        help="auto (bf16-mixed where hardware has it), 32-true, bf16-mixed, 16-mixed.",
        rich_help_panel=WHERE,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(metavar="N", help="Threads of a process on the CPU (as many as cores).", rich_help_panel=WHERE),
]
Devices = Annotated[
    int | None,
    typer.Option(metavar="N", help="GPUs, or CPU processes, on each machine.", rich_help_panel=WHERE),
]
Nodes = Annotated[
    int | None,
    typer.Option(metavar="N", help="Machines, started by torchrun or SLURM.", rich_help_panel=WHERE),
]
Compile = Annotated[
    bool | None,
    typer.Option("--compile/--no-compile", help="Whether to use torch.compile.", rich_help_panel=WHERE),
]
CUDAGraphs = Annotated[
    bool | None,
    typer.Option("--cuda-graphs/--no-cuda-graphs", help="Whether a GPU replays recorded steps.", rich_help_panel=WHERE),
]
SampleEvery = Annotated[
    int | None,
    typer.Option(metavar="STEPS", help="Steps between two sample sheets.", rich_help_panel=FILES),
]
CheckpointEvery = Annotated[
    int | None,
    typer.Option(metavar="STEPS", help="Steps between two checkpoints.", rich_help_panel=FILES),
]
KeepCheckpoints = Annotated[
    int | None,
    typer.Option(
        "--keep-checkpoints",
        "--keep",
        metavar="N",
        help="The latest that stay (3); 0 keeps all.",
        rich_help_panel=FILES,
    ),
]
Track = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A tracker to log the training too, or none (repeatable); `artgan plugins` lists them.",
        autocompletion=completion.trackers,
        rich_help_panel=FILES,
    ),
]
EvaluateEvery = Annotated[
    int | None,
    typer.Option(
        metavar="STEPS",
        help="Measure after every so many steps, and keep the best checkpoint.",
        rich_help_panel=MEASURING,
    ),
]
EvaluateMetrics = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,…",
        help="What is measured (fid); the first says which checkpoint is best.",
        autocompletion=completion.metrics,
        rich_help_panel=MEASURING,
    ),
]
EvaluateImages = Annotated[
    int | None,
    typer.Option(metavar="N", help="Images that are made for it (2000).", rich_help_panel=MEASURING),
]
EvaluateFeatures = Annotated[
    Features | None,
    typer.Option(
        metavar="NAME",
        help="What images are compared by: auto, inception, classifier or random.",
        rich_help_panel=MEASURING,
    ),
]
HangGallery = Annotated[
    bool | None,
    typer.Option(
        "--gallery/--no-gallery",
        help="Whether to make an exhibit of 64 images at the end.",
        rich_help_panel=FILES,
    ),
]

StopOnCollapse = Annotated[
    bool | None,
    typer.Option(
        "--stop-on-collapse/--no-stop-on-collapse",
        help="Whether to stop, with exit code 3, once the training has failed.",
        rich_help_panel=HOW_LONG,
    ),
]

Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Stop at the first picture that can't be read, instead of leaving it out.",
        rich_help_panel=WHAT,
    ),
]
StrictOrNot = Annotated[
    bool | None,
    typer.Option(
        "--strict/--no-strict",
        help="Whether to stop at the first picture that can't be read, instead of leaving it out.",
        rich_help_panel=WHAT,
    ),
]

Checkpoint = Annotated[
    str | None,
    typer.Option(
        metavar="STEP|FILE|best",
        help="Which checkpoint (the last); best: the best of those that were measured.",
        autocompletion=completion.checkpoints,
        rich_help_panel=WHAT,
    ),
]
RunOption = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        help="Whose model draws (the latest run).",
        autocompletion=completion.runs,
        rich_help_panel=WHAT,
    ),
]
RunArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="A run's name, a unique prefix of it, or its path.",
        autocompletion=completion.runs,
    ),
]
