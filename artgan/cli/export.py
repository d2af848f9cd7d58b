"""``artgan export``."""

from pathlib import Path
from typing import Annotated

import typer

from artgan.cli import options, output
from artgan.cli.command import Command
from artgan.cli.options import examples


def export(
    run: options.RunArgument = None,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where it goes: .pt2 or .onnx.", rich_help_panel=options.FILES
        ),
    ],
    checkpoint: options.Checkpoint = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="T", help="More than 0, at most 1 (1); fixed in the file.", rich_help_panel=options.WHAT),
    ] = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write a run's generator for other programs, and check that what was written makes the same images.

    A .pt2 file is a torch program (torch.export.load), an .onnx file is for any ONNX runtime.
    """
    with output.nothing_on_stdout():
        from artgan.api.run import find_run
        from artgan.sampling.export import export as write

        found = find_run(run, runs_dir)
        made = write(found, out, truncation=1.0 if truncation is None else truncation, checkpoint=checkpoint)
    shapes = {name: ["N" if edge is None else edge for edge in shape] for name, shape in made.inputs.items()}
    if json:
        record = {"path": str(made.path.absolute()), "run": found.name, "inputs": shapes}
        output.print_json({**record, "largest_difference": made.difference})
    elif quiet:
        print(output.short_path(made.path))
    else:
        inputs = [(name, f"({', '.join(map(str, shape))})") for name, shape in shapes.items()]
        output.print_facts(
            f"{output.short_path(made.path)}: the generator of {found.name}",
            [
                *inputs,
                ("images", "(N, C, H, W), -1 to 1"),
                ("size", output.size(made.path.stat().st_size)),
                ("checked", f"its images differ from the original's by {made.difference:.1e} of 2 at most"),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "export",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan export --out generator.onnx", "the latest run's, for ONNX runtimes"),
            ("artgan export dcgan-mnist-001 --out generator.pt2 --truncation 0.8", "for torch alone"),
        ),
    )(export)
