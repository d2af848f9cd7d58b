"""``artgan export``."""

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.requests.export import ExportRequest


def export(request: ExportRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Write a run's generator for other programs, and check that it still makes the same images.

    A .pt2 file is a torch program (torch.export.load); an .onnx file works with any ONNX runtime.
    """
    with output.nothing_on_stdout():
        from artgan.api import export as api
        from artgan.api.run import open_run

        run = open_run(request.run, request.runs_dir)
        made = api.export(request.with_values(run=run))
    shapes = {name: ["N" if edge is None else edge for edge in shape] for name, shape in made.inputs.items()}
    if json:
        record = {"path": str(made.path.absolute()), "run": run.name, "inputs": shapes}
        output.print_json({**record, "largest_difference": made.difference})
    elif quiet:
        print(output.short_path(made.path))
    else:
        inputs = [(name, f"({', '.join(map(str, shape))})") for name, shape in shapes.items()]
        output.print_facts(
            f"{output.short_path(made.path)}: the generator of {run.name}",
            [
                *inputs,
                ("images", "(N, C, H, W), -1 to 1"),
                ("size", output.size(made.path.stat().st_size)),
                ("checked", f"images differ from the original's by at most {made.difference:.1e} (range: 2)"),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "export",
        export,
        "Make",
        examples(
            ("artgan export --out generator.onnx", "the latest run, for ONNX runtimes"),
            ("artgan export dcgan-mnist-001 --out generator.pt2 --truncation 0.8", "for torch"),
        ),
    )
