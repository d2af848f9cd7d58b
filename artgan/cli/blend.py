"""``artgan blend``."""

from dataclasses import replace
from typing import Annotated

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples, info
from artgan.cli.run_text import blend_text, parents_text, reference
from artgan.requests.blend import BlendRequest
from artgan.requests.shared import CHECKPOINT
from artgan.util.json_object import to_json

CheckpointA = Annotated[str | None, info(replace(CHECKPOINT, help="Checkpoint of RUN_A", complete=""), "checkpoint_a")]
CheckpointB = Annotated[str | None, info(replace(CHECKPOINT, help="Checkpoint of RUN_B", complete=""), "checkpoint_b")]


def blend(
    request: BlendRequest,
    checkpoint_a: CheckpointA = None,
    checkpoint_b: CheckpointB = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Blend two runs into a new one: weights between theirs, or the form of one and the texture of the other.

    This works if one run was started from the other, or both from a third (artgan train --from). The new run needs no
    training; you can exhibit it and resume it.
    """
    with output.nothing_on_stdout():
        from artgan.api import blend as api
        from artgan.api.run import open_run

        one, other = (open_run(run, request.runs_dir) for run in (request.one, request.other))
        made = api.blend(request.with_values(one=one, other=other, checkpoints=(checkpoint_a, checkpoint_b)))
    related = api.are_related(one, other)
    if not related:
        output.note(
            "According to their records, neither run was started from the other, nor both from a third: layers of "
            "unrelated runs rarely fit together. `artgan train --from` makes runs that do."
        )
    if json:
        blended, parents = to_json(made.details.blend), to_json(made.details.parents)
        found = {"run": made.name, "path": str(made.path.absolute()), "blend": blended, "related": related}
        output.print_json({**found, "parents": parents, "checkpoint": str(made.checkpoint().absolute())})
    elif quiet:
        print(output.short_path(made.path))
    else:
        output.print_facts(
            f"{made.name}: a blend of {one.name} and {other.name}",
            [
                ("run", output.short_path(made.path)),
                ("started from", parents_text(made.details)),
                ("blend", blend_text(made.details)),
                ("exhibit it", f"artgan gallery --run {reference(made)}"),
                ("resume it", f"artgan resume {reference(made)} --steps 1000"),
            ],
        )


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "blend",
        blend,
        "Make",
        examples(
            ("artgan blend creatures walls", "half of each"),
            ("artgan blend creatures walls --weight 0.3", "mostly the first"),
            ("artgan blend creatures walls --coarse 0 --fine 1", "form of the first, texture of the second"),
            ("artgan blend creatures walls --coarse 0 --fine 1 --at 16", "the first run up to 16 pixels"),
        ),
    )
