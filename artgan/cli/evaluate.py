"""``artgan evaluate``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from artgan.cli import completion, options, output
from artgan.cli.command import Command
from artgan.cli.options import examples
from artgan.plugins.extractor_names import Features

if TYPE_CHECKING:
    from artgan.metrics.report import Evaluation

MEASURES = "Measures"


def evaluate(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN|EXHIBIT|FOLDER]",
            help="A run (the latest), an exhibit, or a folder of pictures: its name or path.",
            autocompletion=completion.runs,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FOLDER",
            help="The real images to compare with (what the run learnt from).",
            autocompletion=completion.data,
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    data_option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="An option of --against's data set (repeatable).",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    strict: options.Strict = False,
    checkpoint: options.Checkpoint = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,…",
            help="Which, with commas between them (all that are installed).",
            autocompletion=completion.metrics,
            rich_help_panel=MEASURES,
        ),
    ] = None,
    n: Annotated[
        int | None,
        typer.Option("--n", "-n", metavar="N", help="How many images (10000).", rich_help_panel=MEASURES),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of the images that a run makes (0).", rich_help_panel=MEASURES),
    ] = None,
    features: Annotated[
        Features | None,
        typer.Option(
            help="What images are compared by; auto takes inception for colour, else a classifier, else random.",
            rich_help_panel=MEASURES,
        ),
    ] = None,
    copies: Annotated[
        bool | None,
        typer.Option(
            "--copies/--no-copies",
            help="Whether to look for near copies of training images.",
            rich_help_panel=MEASURES,
        ),
    ] = None,
    device: options.Device = None,
    runs_dir: options.RunsDir = None,
    data_dir: options.DataDir = None,
    gallery_dir: options.GalleryDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Measure how good and how varied the pictures are, and whether they copy training images.

    The figures are kept in evaluation.json of the run's or the exhibit's folder.
    """
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.plugins.options import parse_pairs
    from artgan.training.events import Preparing

    given: dict[str, Any] = {
        "against": against,
        "data_options": parse_pairs(data_option, "--data-option") if data_option else None,
        "strict": strict,
        "checkpoint": checkpoint,
        "metrics": [name.strip() for name in metrics.split(",") if name.strip()] if metrics else None,
        "n": n,
        "seed": seed,
        "features": features,
        "copies": copies,
        "device": device,
        "runs_dir": runs_dir,
        "data_dir": data_dir,
        "gallery_dir": gallery_dir,
    }
    request = {key: value for key, value in given.items() if value is not None}
    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        from artgan.api.evaluate import evaluate as measure

        found = measure(what, stage=lambda *state: display(Preparing(*state)), **request)
    _show(found, json, quiet)


def _show(found: "Evaluation", json: bool, quiet: bool) -> None:
    record = found.record
    if json:
        output.print_json({**record, "folder": str(found.folder.absolute()) if found.folder else None})
        return
    if quiet:
        print("\n".join(f"{figure['name']} {figure['value']:.6g}" for figure in record["figures"]))
        return
    against, real = record["against"], record["real"]
    output.print_facts(
        f"{_subject(record['of'])}: {record['images']:,} images",
        [
            ("against", f"{against['images']:,} {against['name']}"),
            ("real images", real and f"{real['images']:,} {real['name']}, against {real['against_images']:,} others"),
            ("features", record["extractor"]["name"]),
        ],
    )
    print()
    output.print_table(("figure", "generated", "real images", "better"), _rows(record["figures"]))
    if record["agreement"]:
        _show_agreement(record["agreement"], against["data"], record["extractor"]["name"])
    _show_rest(found)


def _rows(figures: list[dict[str, Any]]) -> list[list[str]]:
    deviations = {figure["name"]: figure for figure in figures if figure["name"].endswith("_std")}
    rows = []
    for figure in figures:
        if figure["name"].removesuffix("_std") != figure["name"]:
            continue
        deviation = deviations.get(f"{figure['name']}_std", {})
        rows.append(
            [
                figure["name"],
                _number(figure["value"], deviation.get("value")),
                _number(figure["real"], deviation.get("real")),
                figure["better"] or "",
            ]
        )
    return rows


def _show_agreement(agreement: dict[str, Any], data: str, extractor: str) -> None:
    print()
    facts = [(name, "" if share is None else f"{share:.1%}") for name, share in agreement["by_label"].items()]
    by = "" if agreement["classifier"] == extractor else f" ({agreement['classifier']})"
    output.print_facts(
        f"{agreement['overall']:.1%} of {agreement['images']:,} images are seen as the label asked for{by}", facts
    )


def _show_rest(found: "Evaluation") -> None:
    record, copies = found.record, found.record["memorisation"]
    print()
    if copies:
        count = copies["near_copies"]
        output.print_facts(
            f"{count:,} near cop{'y' if count == 1 else 'ies'} of training images ({copies['share']:.2%}), "
            f"{copies['training_images']:,} searched",
            [
                ("a near copy is", copies["rule"]),
                (
                    "distances",
                    f"{copies['median_distance']:.3f} from an image to the nearest training image, "
                    f"{copies['median_distance_between_training_images']:.3f} between training images (medians)",
                ),
                ("nearest pairs", found.folder and output.short_path(found.folder / record["picture"])),
            ],
        )
    if found.folder:
        print(f"Kept in {output.short_path(found.folder / 'evaluation.json')}")
    for text in record["notes"]:
        output.note(f"Note: {text}")


def _subject(origin: dict[str, Any]) -> str:
    if "exhibit" in origin:
        return str(origin["exhibit"])
    if "run" in origin:
        return f"{origin['run']}, step {origin['step']:,}, seed {origin['seed']}"
    return output.short_path(origin["folder"])


def _number(value: float | None, deviation: float | None) -> str:
    if value is None:
        return ""
    spread = "" if deviation is None else f" ± {_digits(deviation)}"
    return f"{_digits(value)}{spread}"


def _digits(value: float) -> str:
    size = abs(value)
    return f"{value:.1f}" if size >= 100 else f"{value:.2f}" if size >= 10 else f"{value:.3f}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "evaluate",
        cls=Command,
        rich_help_panel="Look",
        epilog=examples(
            ("artgan evaluate", "the latest run"),
            ("artgan evaluate dcgan-mnist-001 --checkpoint 2000", "one of its checkpoints"),
            ("artgan evaluate dcgan-m --metrics fid,recall --n 5000", "these, of fewer images"),
            ("artgan evaluate gallery/spring --against ./pictures", "an exhibit"),
            ("artgan evaluate ./made --against mnist", "anybody's pictures"),
        ),
    )(evaluate)
