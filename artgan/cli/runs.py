"""``artgan runs``: all runs, newest first, or one in full. Reads their records only."""

from typing import TYPE_CHECKING, Any

import typer

from artgan.cli import options, output
from artgan.cli.command import Command
from artgan.cli.options import examples
from artgan.cli.run_text import best_text, blend_text, parents_text, reference

if TYPE_CHECKING:
    from artgan.api.run import Run


COLUMNS = ("name", "status", "model", "data", "steps", "images", "time", "created", "checkpoint")
# Where a terminal is narrow. The name stays, whole: one types it, and it mostly says the model and the data, too.
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
        output.print_json({"runs": [_entry(one) for one in found], "unreadable": problems})
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


def _entry(run: "Run") -> dict[str, Any]:
    record = run.record
    config, progress = record.get("config", {}), record.get("progress", {})
    checkpoints = run.checkpoints()
    return {
        "name": run.name,
        "path": str(run.path.absolute()),
        "status": run.status,
        "model": config.get("model"),
        "data": config.get("data"),
        "data_name": run.data_name,
        "steps": progress.get("step", 0),
        "images": progress.get("images", 0),
        "seconds": progress.get("seconds", 0.0),
        "created": record.get("created"),
        "checkpoint": str(checkpoints[-1].absolute()) if checkpoints else None,
        "best": record.get("best"),
    }


def _row(entry: dict[str, Any]) -> list[str]:
    return [
        entry["name"],
        entry["status"],
        entry["model"],
        entry["data_name"],
        f"{entry['steps']:,}",
        f"{entry['images']:,}",
        output.duration(entry["seconds"]),
        output.when(entry["created"]),
        "yes" if entry["checkpoint"] else "no",
    ]


def _show(run: "Run", json: bool, quiet: bool) -> None:
    entry = _entry(run)
    if json:
        output.print_json(
            {
                **entry,
                "checkpoints": [str(path.absolute()) for path in run.checkpoints()],
                "record": run.record,
            }
        )
        return
    if quiet:
        print(output.short_path(run.path))
        return
    output.print_facts(f"{run.name}: {entry['model']} on {entry['data_name']}, {entry['status']}", _facts(run, entry))


def _facts(run: "Run", entry: dict[str, Any]) -> list[tuple[str, Any]]:
    from artgan.runs.dependencies import missing

    record = run.record
    config, data = record.get("config", {}), record.get("data", {})
    shown = ("model", "data", "options")
    settings = {k: v for k, v in config.items() if v not in (None, {}) and k not in shown}
    plugins = record.get("plugins", {})
    speed = entry["images"] / entry["seconds"] if entry["seconds"] else None
    name = reference(run)
    return [
        ("folder", output.short_path(run.path)),
        ("created", output.when(entry["created"])),
        (
            "progress",
            f"{entry['steps']:,} steps, {entry['images']:,} images in {output.duration(entry['seconds'])}",
        ),
        ("begun from", parents_text(record)),
        ("blend", blend_text(record)),
        ("speed", f"{speed:,.0f} images/s" if speed else None),
        ("data", _data_text(data)),
        ("model options", _pairs(record.get("model", {}).get("options", {}))),
        ("settings", _pairs(settings)),
        (
            "plugins",
            ", ".join(f"{kind} from {p['distribution']} {p['version']}" for kind, p in plugins.items()),
        ),
        ("missing", " ".join(missing(record))),
        ("artgan", record.get("versions", {}).get("artgan")),
        ("checkpoints", ", ".join(path.name for path in run.checkpoints()) or "none yet"),
        ("best", best_text(record.get("best"))),
        ("exhibit", output.short_path(record["exhibit"]) if record.get("exhibit") else None),
        ("error", record.get("error")),
        ("go on with", _go_on(run, entry)),
        ("exhibit it", f"artgan gallery --run {name}{' --checkpoint best' if record.get('best') else ''}")
        if entry["checkpoint"]
        else ("exhibit it", None),
    ]


def _go_on(run: "Run", entry: dict[str, Any]) -> str | None:
    from artgan.training.budget import longer

    if not entry["checkpoint"] or entry["status"] == "running":
        return None
    # What has finished goes on with a longer budget only.
    more = f" {longer(entry['steps'])}" if entry["status"] == "finished" else ""
    return f"artgan resume {reference(run)}{more}"


def _data_text(data: dict[str, Any]) -> str | None:
    if not data.get("shape"):
        return None
    labels = len(data.get("labels") or ())
    count = f"{data['images']:,} images, " if isinstance(data.get("images"), int) else ""
    return f"{count}{output.shape(*data['shape'])}, {f'{labels} labels' if labels else 'no labels'}"


def _pairs(values: dict[str, Any]) -> str:
    """What is set; an option that is None, or an empty list or text, is left to the model or switched off."""
    return ", ".join(f"{key}={_plain(value)}" for key, value in values.items() if value not in (None, "", [], {}))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        if "checkpoint" in value and "name" in value:  # a run, or a model, that this one is made of
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
