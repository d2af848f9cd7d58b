"""``artgan runs``: all runs, newest first, or one in full. Reads their records only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import typer

from artgan.cli import options, output
from artgan.cli.command import Command
from artgan.cli.options import examples
from artgan.cli.run_text import best_text, blend_text, parents_text, reference
from artgan.util.json_object import to_json

if TYPE_CHECKING:
    from artgan.api.run import Run
    from artgan.runs.entries import DataRecord


COLUMNS = ("name", "status", "model", "data", "steps", "images", "time", "created", "checkpoint")
# Columns to leave out in a narrow terminal. The name stays in full: users type it, and it mostly says model and data.
FIRST_TO_GO = ("checkpoint", "time", "images", "created", "steps", "model", "data", "status")


def runs(
    run: options.RunArgument = None,
    runs_dir: options.RunsDir = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """List the runs, newest first, or show one in full."""
    from artgan.api.run import find_run, survey
    from artgan.errors import Damaged
    from artgan.util import paths

    if run is not None:
        _show(find_run(run, runs_dir), json, quiet)
        return
    found, unreadable = survey(runs_dir)
    bad = {name: "damaged" if isinstance(error, Damaged) else "unreadable" for name, error in unreadable.items()}
    if json:
        problems = [{"name": name, "status": bad[name], "error": str(error)} for name, error in unreadable.items()]
        output.print_json({"runs": [asdict(_entry(one)) for one in found], "unreadable": problems})
    elif quiet:
        print("\n".join(one.name for one in found), end="\n" if found else "")
    elif not found and not bad:
        output.note(f"There are no runs in {paths.runs_dir(runs_dir)} yet: start one with `artgan train`.")
    else:
        rows = [_row(_entry(one)) for one in found]
        rows += [[name, status, *[""] * (len(COLUMNS) - 2)] for name, status in bad.items()]
        output.print_table(COLUMNS, rows, drop=FIRST_TO_GO)
        if bad:
            count = f"{len(bad)} runs" if len(bad) > 1 else "1 run"
            output.note(f"{count} can't be read: `artgan runs {next(iter(bad))}` says why.")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A run in the list; the fields are those of ``--json``."""

    name: str
    path: str
    status: str
    model: str | None
    data: str | None
    data_name: str
    steps: int
    images: int
    seconds: float
    created: str
    checkpoint: str | None
    best: Any


def _entry(run: "Run") -> _Entry:
    known, checkpoints = run.details, run.checkpoints()
    return _Entry(
        run.name,
        str(run.path.absolute()),
        run.status,
        known.config.model or None,
        known.config.data or None,
        run.data_name,
        known.progress.step,
        known.progress.images,
        known.progress.seconds,
        known.created,
        str(checkpoints[-1].absolute()) if checkpoints else None,
        to_json(known.best),
    )


def _row(entry: _Entry) -> list[str]:
    return [
        entry.name,
        entry.status,
        entry.model or "",
        entry.data_name,
        f"{entry.steps:,}",
        f"{entry.images:,}",
        output.duration(entry.seconds),
        output.when(entry.created),
        "yes" if entry.checkpoint else "no",
    ]


def _show(run: "Run", json: bool, quiet: bool) -> None:
    entry = _entry(run)
    if json:
        checkpoints = [str(path.absolute()) for path in run.checkpoints()]
        output.print_json({**asdict(entry), "checkpoints": checkpoints, "record": run.details.to_json()})
        return
    if quiet:
        print(output.short_path(run.path))
        return
    output.print_facts(f"{run.name}: {entry.model} on {entry.data_name}, {entry.status}", _facts(run, entry))


def _facts(run: "Run", entry: _Entry) -> list[tuple[str, Any]]:
    from artgan.runs.dependencies import missing

    known, name = run.details, reference(run)
    shown = ("model", "data", "options")
    settings = {k: v for k, v in known.config.to_json().items() if v not in (None, {}) and k not in shown}
    speed = entry.images / entry.seconds if entry.seconds else None
    progress = f"{entry.steps:,} steps, {entry.images:,} images in {output.duration(entry.seconds)}"
    plugins = [f"{part} from {one.distribution} {one.version}" for part, one in known.plugins.items()]
    best = " --checkpoint best" if known.best else ""
    return [
        ("folder", output.short_path(run.path)),
        ("created", output.when(entry.created)),
        ("progress", progress),
        ("begun from", parents_text(known)),
        ("blend", blend_text(known)),
        ("speed", f"{speed:,.0f} images/s" if speed else None),
        ("data", _data_text(known.data)),
        ("model options", _pairs(known.model.options)),
        ("settings", _pairs(settings)),
        ("plugins", ", ".join(plugins)),
        ("missing", " ".join(missing(known))),
        ("artgan", known.versions.get("artgan")),
        ("checkpoints", ", ".join(path.name for path in run.checkpoints()) or "none yet"),
        ("best", best_text(known.best)),
        ("exhibit", output.short_path(known.exhibit) if known.exhibit else None),
        ("error", known.error),
        ("continue with", _go_on(run, entry)),
        ("exhibit it", f"artgan gallery --run {name}{best}" if entry.checkpoint else None),
    ]


def _go_on(run: "Run", entry: _Entry) -> str | None:
    from artgan.training.budget import longer

    if not entry.checkpoint or entry.status == "running":
        return None
    # A finished run can only continue with a longer budget.
    more = f" {longer(entry.steps)}" if entry.status == "finished" else ""
    return f"artgan resume {reference(run)}{more}"


def _data_text(data: "DataRecord") -> str | None:
    if not data.shape:
        return None
    count = f"{data.images:,} images, " if data.images is not None else ""
    labels = f"{len(data.labels)} labels" if data.labels else "no labels"
    return f"{count}{output.shape(*data.shape)}, {labels}"


def _pairs(values: Mapping[str, Any]) -> str:
    """Return the options that are set; None and empty values leave an option to the model, or switch it off."""
    return ", ".join(f"{key}={_plain(value)}" for key, value in values.items() if value not in (None, "", [], {}))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        if "checkpoint" in value and "name" in value:  # a run or a model that this one is made of
            return str(value["name"])
        return "{" + _pairs(value) + "}"
    if isinstance(value, (list, tuple)):
        return ",".join(_plain(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        "runs",
        cls=Command,
        rich_help_panel="Look",
        epilog=examples(
            ("artgan runs", "all, newest first"),
            ("artgan runs dcgan-mnist-001", "one in full"),
            ("artgan runs --json", "for a program"),
        ),
    )(runs)
