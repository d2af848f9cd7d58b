"""``artgan evaluate``."""

from typing import TYPE_CHECKING, Any

import typer

from artgan.cli import output
from artgan.cli.options import Debug, Json, Quiet, add_command, examples
from artgan.cli.reporting import stages
from artgan.requests.evaluate import EvaluateRequest

if TYPE_CHECKING:
    from artgan.metrics.report import Evaluation


def evaluate(request: EvaluateRequest, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """Measure how good and how varied generated images are, and whether they copy training images.

    The results are added to evaluation.json in the folder of the run or the exhibit.
    """
    with stages(quiet) as stage:
        from artgan.api import evaluate as api

        found = api.evaluate(request.with_values(stage=stage))
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
        f"{agreement['overall']:.1%} of {agreement['images']:,} images are classified as the label asked for{by}",
        facts,
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
        print(f"Saved in {output.short_path(found.folder / 'evaluation.json')}")
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
    add_command(
        app,
        "evaluate",
        evaluate,
        "Look",
        examples(
            ("artgan evaluate", "the latest run"),
            ("artgan evaluate dcgan-mnist-001 --checkpoint 2000", "one of its checkpoints"),
            ("artgan evaluate dcgan-m --metrics fid,recall --n 5000", "two metrics, with fewer images"),
            ("artgan evaluate gallery/spring --against ./pictures", "an exhibit"),
            ("artgan evaluate ./made --against mnist", "images from anywhere"),
        ),
    )
