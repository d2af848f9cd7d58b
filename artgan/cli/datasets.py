"""``artgan datasets``: list the data sets, or show one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from artgan.cli import completion, listing, output
from artgan.cli.command import Command
from artgan.cli.options import DataDir, Debug, Json, Quiet, examples
from artgan.plugins.specs import DatasetSpec


def datasets(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Data set to show in full.", autocompletion=completion.datasets),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """List the data sets, or show one: its shape, labels, size and licence, and whether it has been downloaded."""
    from artgan.plugins.loading import registry

    known = registry()
    if name is not None:
        _show(_details(name, data_dir), json, quiet)
        return
    listing.show("datasets", known.of(DatasetSpec), json, quiet)
    output.note_broken(known)


def _details(name: str, data_dir: Path | None) -> dict[str, Any]:
    from artgan.errors import UserError
    from artgan.plugins.loading import load_class, registry
    from artgan.util import paths

    spec = registry().find(DatasetSpec, name)  # reports a wrong name before anything heavy is imported
    from artgan.data.dataset import Dataset
    from artgan.plugins.options import describe, resolve

    kind = load_class(spec, Dataset)
    where = paths.data_dir(data_dir)
    try:
        options = resolve(kind.Options, {}, f"data set {name}")
        on_disk = None if spec.path_option else kind(options, where).on_disk()
    except UserError:
        on_disk = None  # it depends on options that only the user knows
    info, images = kind.native or (None, None)
    return {
        **listing.summary(name, spec),
        "shape": list(info.shape) if info else None,
        "labels": list(info.label_names) if info else None,
        "images": images,
        "licence": kind.licence,
        "homepage": kind.homepage,
        "on_disk": on_disk,
        "data_dir": str(where.absolute()),
        "reads_paths": spec.path_option is not None,
        "options": [output.option_entry(option) for option in describe(kind.Options)],
    }


def _show(data: dict[str, Any], json: bool, quiet: bool) -> None:
    if json:
        output.print_json(data)
        return
    if quiet:
        print(data["name"])
        return
    labels = data["labels"]
    output.print_facts(
        f"{data['name']}: {data['summary']}",
        [
            ("images", f"{data['images']:,}" if data["images"] else "depends on your files"),
            ("shape", output.shape(*data["shape"]) if data["shape"] else "depends on your files"),
            ("labels", f"{len(labels)}: {', '.join(labels)}" if labels else _without_labels(labels)),
            ("licence", data["licence"]),
            ("homepage", data["homepage"]),
            ("on disk", _presence(data)),
            ("plugin", f"{data['plugin']} of {data['distribution']} {data['version']}"),
            ("train on it", f"artgan train --data {'./pictures' if data['reads_paths'] else data['name']}"),
        ],
    )
    output.print_options(data["options"], "--data-option")


def _without_labels(labels: list[str] | None) -> str:
    return "depends on your files" if labels is None else "none"


def _presence(data: dict[str, Any]) -> str:
    where = output.short_path(data["data_dir"])
    if data["on_disk"] is None:
        return "depends on your files"
    return f"yes (in {where})" if data["on_disk"] else f"no, will be downloaded to {where}"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "datasets",
        cls=Command,
        rich_help_panel="Available",
        epilog=examples(
            ("artgan datasets", "list them all"),
            ("artgan datasets mnist", "show one in full"),
            ("artgan train --data ./pictures", "any folder of images works, too"),
        ),
    )(datasets)
