"""``artgan gallery``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import completion, output
from artgan.cli.options import Debug, Json, Quiet, add_command, command_line, examples
from artgan.cli.reporting import progress
from artgan.requests.gallery import GalleryRequest
from artgan.requests.shared import IMAGES

if TYPE_CHECKING:
    from artgan.gallery.exhibit import Exhibit

LabelShares = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="each",
        help="The same number of images of every label.",
        autocompletion=completion.label_shares,
        rich_help_panel=IMAGES,
    ),
]


def gallery(
    request: GalleryRequest,
    each: LabelShares = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Generate images with a run's model and exhibit them: image files, metadata, a contact sheet and a web page."""
    from artgan.errors import UserError

    if each and request.labels:
        raise UserError("--label and --labels exclude each other: name labels, or ask for the same number of each.")
    if each:
        request = request.with_values(labels=each)
    with progress("making the exhibit", quiet) as report:
        from artgan.api import gallery as api

        exhibit = api.gallery(request.with_values(report=report))
    _show(exhibit, request, json, quiet)


def _show(exhibit: "Exhibit", request: GalleryRequest, json: bool, quiet: bool) -> None:
    record = exhibit.record
    if json:
        output.print_json(
            {
                "exhibit": exhibit.name,
                "path": str(exhibit.path.absolute()),
                "n": record["n"],
                "seed": record["seed"],
                "run": record["run"],
                "checkpoint": record["checkpoint"],
                "credentials": record["credentials"],
            }
        )
        return
    if quiet:
        print(output.short_path(exhibit.path))
        return
    # The same command with another seed, but without the name, which is taken now.
    changed: dict[str, object] = {"seed": record["seed"] + 1, "name": None, "overwrite": None}
    if request.labels == "each":  # --labels, where names are --label
        more = command_line("gallery", request, **changed, labels=None) + " --labels each"
    else:
        more = command_line("gallery", request, **changed)
    output.print_facts(
        f"{exhibit.name}: {record['n']:,} images of {record['run']}{_chosen(record)}",
        [
            ("page", output.short_path(exhibit.path / "index.html")),
            ("contact sheet", output.short_path(exhibit.path / "contact-sheet.png")),
            ("images", output.short_path(exhibit.path / "images")),
            ("metadata", output.short_path(exhibit.path / "metadata.jsonl")),
            ("signed by", _signature(record["credentials"])),
            ("more images", more),
        ],
    )


def _chosen(record: dict[str, Any]) -> str:
    times = record["request"]["curate"]
    return f", chosen from {times * record['n']:,}" if times else ""


def _signature(credentials: dict[str, Any] | None) -> str | None:
    if credentials is None:
        return None
    until = "" if credentials["timestamps"] else f"; without time stamps, valid until {credentials['expires'][:10]}"
    return f"{credentials['signed_by']}, certified by {credentials['issuer']}{until}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    add_command(
        app,
        "gallery",
        gallery,
        "Make",
        examples(
            ("artgan gallery", "64 images of the latest run"),
            ("artgan gallery --seed 42 --n 64", "64 others"),
            ("artgan gallery --curate --n 36 --scale 4", "the best 36 of 144, enlarged"),
            ("artgan gallery --labels each --truncation 0.8", "as many images of every label"),
            ("artgan gallery --run dcgan-m --name spring", "choose the run and the name"),
            ("artgan gallery --sign chain.pem --sign-key key.pem", "with content credentials"),
        ),
    )
