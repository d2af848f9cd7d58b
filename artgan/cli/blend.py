"""``artgan blend``."""

from typing import Annotated

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples
from artgan.cli.run_text import blend_text, parents_text, reference
from artgan.util.json_object import to_json

SHARES = "How much of RUN_B"


def blend(
    run_a: Annotated[
        str,
        typer.Argument(metavar="RUN_A", help="A run; data and settings are its.", autocompletion=completion.runs),
    ],
    run_b: Annotated[
        str,
        typer.Argument(metavar="RUN_B", help="Another of the same architecture.", autocompletion=completion.runs),
    ],
    weight: Annotated[
        float | None, typer.Option(metavar="W", help="In all layers, 0 to 1 (0.5).", rich_help_panel=SHARES)
    ] = None,
    coarse: Annotated[
        float | None,
        typer.Option(metavar="W", help="In the generator's layers up to --at: form.", rich_help_panel=SHARES),
    ] = None,
    fine: Annotated[
        float | None,
        typer.Option(metavar="W", help="In the generator's layers above --at: texture.", rich_help_panel=SHARES),
    ] = None,
    at: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS", help="The largest size that is coarse (half of the sizes).", rich_help_panel=SHARES
        ),
    ] = None,
    checkpoint_a: Annotated[
        str | None,
        typer.Option(
            metavar="STEP|FILE|best", help="Which checkpoint of RUN_A (the last).", rich_help_panel=options.WHAT
        ),
    ] = None,
    checkpoint_b: Annotated[
        str | None,
        typer.Option(
            metavar="STEP|FILE|best", help="Which checkpoint of RUN_B (the last).", rich_help_panel=options.WHAT
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The new run's (the model, blend and a number).", rich_help_panel=options.FILES
        ),
    ] = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Make a run of two: weights between those of both, or form from one and texture from the other.

    It works where one of them began with the other's weights, or both with those of a third (artgan train --from).
    The new run is there at once, without training; it can be exhibited and gone on with.
    """
    with output.nothing_on_stdout():
        from artgan.api.blend import blend as make
        from artgan.api.run import find_run
        from artgan.training.blending import have_met

        runs = find_run(run_a, runs_dir), find_run(run_b, runs_dir)
        made = make(
            *runs,
            weight=0.5 if weight is None else weight,
            coarse=coarse,
            fine=fine,
            at=at,
            checkpoints=(checkpoint_a, checkpoint_b),
            name=name,
            runs_dir=runs_dir,
        )
    related = have_met(*runs)
    if not related:
        output.note(
            "Neither began with the other's weights, nor both with a third's, as far as their records go: layers of "
            "runs that never met seldom go together. `artgan train --from` makes runs that do."
        )
    if json:
        blended, parents = to_json(made.details.blend), to_json(made.details.parents)
        found = {"run": made.name, "path": str(made.path.absolute()), "blend": blended, "related": related}
        output.print_json({**found, "parents": parents, "checkpoint": str(made.checkpoint().absolute())})
    elif quiet:
        print(output.short_path(made.path))
    else:
        output.print_facts(
            f"{made.name}: {runs[0].name} and {runs[1].name} in one",
            [
                ("run", output.short_path(made.path)),
                ("begun from", parents_text(made.details)),
                ("blend", blend_text(made.details)),
                ("exhibit it", f"artgan gallery --run {reference(made)}"),
                ("go on with", f"artgan resume {reference(made)} --steps 1000"),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "blend",
        cls=Command,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan blend creatures walls", "half of each"),
            ("artgan blend creatures walls --weight 0.3", "a third of the second"),
            ("artgan blend creatures walls --coarse 0 --fine 1", "form of the first, texture of the second"),
            ("artgan blend creatures walls --coarse 0 --fine 1 --at 16", "up to 16 pixels of the first"),
        ),
    )(blend)
