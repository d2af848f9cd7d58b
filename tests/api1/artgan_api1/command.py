"""A command: which runs had how much training."""

from typing import Annotated

import typer

import artgan


def progress(
    least: Annotated[int, typer.Option(metavar="STEPS", help="Leave out shorter runs.")] = 0,
) -> None:
    """Say how far every run has come, the longest first."""
    for run in sorted(artgan.list_runs(), key=steps, reverse=True):
        if steps(run) >= least:
            print(f"{steps(run):>8,}  {run.name}  {run.status}")


def steps(run: artgan.Run) -> int:
    """Steps of training done."""
    return run.record.get("progress", {}).get("step", 0)
