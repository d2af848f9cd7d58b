"""``artgan gallery``."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples

if TYPE_CHECKING:
    from artgan.gallery.exhibit import Exhibit

PICTURES = "Pictures"
HANGING = "Hanging"


class GalleryCommand(Command):
    """``--curate`` alone draws four times as many as are kept; ``--sign`` alone looks into the environment."""

    optional_values: ClassVar[dict[str, str]] = {"--curate": "4", "--sign": ""}


def gallery(
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="A run's name, a unique prefix of it, or its path (the latest).",
            autocompletion=completion.runs,
            rich_help_panel=options.WHAT,
            is_eager=True,
        ),
    ] = None,
    checkpoint: options.Checkpoint = None,
    n: Annotated[
        int | None,
        typer.Option("--n", "-n", metavar="N", help="How many images (64).", rich_help_panel=PICTURES),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Same seed, same images, whatever --n (0).", rich_help_panel=PICTURES),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL",
            help="Images of this label, by name or number (repeatable).",
            autocompletion=completion.labels,
            rich_help_panel=PICTURES,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="each",
            help="Equal shares of all labels.",
            autocompletion=completion.label_shares,
            rich_help_panel=PICTURES,
        ),
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="0..1", help="Less than 1 trades variety for quality (1).", rich_help_panel=PICTURES),
    ] = None,
    curate: Annotated[
        int | None,
        typer.Option(
            metavar="[K]",
            help="Draw K times as many (4), and keep the best and most varied.",
            rich_help_panel=PICTURES,
        ),
    ] = None,
    curator: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Who chooses them; `artgan plugins` lists curators.",
            autocompletion=completion.curators,
            rich_help_panel=PICTURES,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The exhibit's folder (after the run).", rich_help_panel=HANGING),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The page's heading.", rich_help_panel=HANGING),
    ] = None,
    columns: Annotated[
        int | None,
        typer.Option(metavar="N", help="Columns of the contact sheet (about a square).", rich_help_panel=HANGING),
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(metavar="N", help="Enlarge small images N times (1).", rich_help_panel=HANGING),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace an exhibit of that name.", rich_help_panel=HANGING),
    ] = False,
    sign: options.Sign = None,
    sign_key: options.SignKey = None,
    sign_tsa: options.SignTsa = None,
    gallery_dir: options.GalleryDir = None,
    runs_dir: options.RunsDir = None,
    device: options.Device = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Make an exhibit of a run's pictures: images, metadata, a contact sheet and a page to look at."""
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.errors import UserError
    from artgan.training.events import Preparing

    if label and labels:
        raise UserError("--label and --labels exclude each other: name labels, or ask for equal shares of all.")
    given: dict[str, Any] = {
        "checkpoint": checkpoint,
        "runs_dir": runs_dir,
        "n": n,
        "seed": seed,
        "labels": list(label) if label else labels,
        "truncation": truncation,
        "curate": curate,
        "curator": curator,
        "name": name,
        "title": title,
        "columns": columns,
        "scale": scale,
        "overwrite": overwrite or None,
        "sign": sign,
        "sign_key": sign_key,
        "sign_tsa": sign_tsa,
        "gallery_dir": gallery_dir,
        "device": device,
    }
    request = {key: value for key, value in given.items() if value is not None}
    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api.gallery import gallery as make

        exhibit = make(run, report=lambda done, total: display(Preparing("making the exhibit", done, total)), **request)
    _show(exhibit, {"run": run, **given}, json, quiet)


def _show(exhibit: "Exhibit", given: dict[str, Any], json: bool, quiet: bool) -> None:
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
    output.print_facts(
        f"{exhibit.name}: {record['n']:,} images of {record['run']}{_chosen(record)}",
        [
            ("page", output.short_path(exhibit.path / "index.html")),
            ("contact sheet", output.short_path(exhibit.path / "contact-sheet.png")),
            ("images", output.short_path(exhibit.path / "images")),
            ("metadata", output.short_path(exhibit.path / "metadata.jsonl")),
            ("signed by", _signature(record["credentials"])),
            ("others", _others({**given, "seed": record["seed"] + 1})),
        ],
    )


def _others(given: dict[str, Any]) -> str:
    """The same command with another seed: what was given, but for the name, which is taken now."""
    words = ["artgan", "gallery"]
    for name, value in given.items():
        if value is None or name in ("name", "overwrite"):
            continue
        many = isinstance(value, list)
        flag = "--label" if many else "--" + name.replace("_", "-")
        for one in value if many else [value]:
            words += [flag] if (name, one) == ("sign", "") else [flag, str(one)]
    return shlex.join(words)


def _chosen(record: dict[str, Any]) -> str:
    times = record["request"]["curate"]
    return f", chosen from {times * record['n']:,}" if times else ""


def _signature(credentials: dict[str, Any] | None) -> str | None:
    if credentials is None:
        return None
    until = "" if credentials["timestamps"] else f"; without time stamps it counts until {credentials['expires'][:10]}"
    return f"{credentials['signed_by']}, for whom {credentials['issuer']} vouches{until}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "gallery",
        cls=GalleryCommand,
        rich_help_panel="Make",
        epilog=examples(
            ("artgan gallery", "64 pictures of the latest run"),
            ("artgan gallery --seed 42 --n 64", "others"),
            ("artgan gallery --curate --n 36 --scale 4", "the best of 144, enlarged"),
            ("artgan gallery --labels each --truncation 0.8", "of each label alike"),
            ("artgan gallery --run dcgan-m --name spring", "a run, a name"),
            ("artgan gallery --sign chain.pem --sign-key key.pem", "with content credentials"),
        ),
    )(gallery)
