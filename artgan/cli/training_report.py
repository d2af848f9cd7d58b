"""Show the progress of a training run, and summarise it at the end; for ``train`` and ``resume``."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan.cli import output
from artgan.cli.progress import Progress
from artgan.cli.run_text import best_text, reference
from artgan.util.json_object import to_json
from artgan.util.processes import is_main_process

if TYPE_CHECKING:
    from artgan.api.run import Run
    from artgan.training.events import Failed, Listener


def follow(work: "Callable[[list[Listener]], Run]", json: bool, quiet: bool) -> None:
    """Run ``work`` with listeners, then print the result; exit with 130 or 143 if a signal stopped it."""
    from artgan.cli.display import choose

    main = is_main_process()
    course = Progress()
    try:
        with output.nothing_on_stdout(), choose(course, quiet or not main) as display:
            run = work([course, display])
    except BaseException:
        if course.failed and main:
            output.note(_what_remains(course.failed))
        raise
    if not main:
        return
    if json:
        output.print_json(result(run, course))
    elif quiet:
        print(output.short_path(run.path))
    else:
        _summarise(run, course)
    if course.finished and course.finished.signal:
        raise SystemExit(128 + course.finished.signal)


def result(run: "Run", course: Progress) -> dict[str, Any]:
    """Return the object that ``--json`` prints."""
    known = run.details
    saved = known.progress if known.progress.step else course
    steps, images, seconds = saved.step, saved.images, saved.seconds
    checkpoints = run.checkpoints()
    exhibit = known.exhibit
    stopped = course.finished.signal if course.finished else None
    return {
        "run": run.name,
        "path": str(run.path.absolute()),
        "status": run.status,
        "model": known.config.model,
        "data": known.config.data,
        "steps": steps,
        "images": images,
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 1) if seconds else None,
        "device": known.device,
        "precision": known.precision,
        "best": to_json(known.best),
        "parents": to_json(known.parents),
        "losses": {name: round(metric.value, 6) for name, metric in course.metrics.items()},
        "checkpoint": str(checkpoints[-1].absolute()) if checkpoints else None,
        "exhibit": exhibit or None,
        "signal": signal.Signals(stopped).name if stopped else None,
    }


def _summarise(run: "Run", course: Progress) -> None:
    found = result(run, course)
    speed = f", {found['images_per_second']:,.0f} images/s" if found["images_per_second"] else ""
    spent = f"{found['steps']:,} steps, {found['images']:,} images in {output.duration(found['seconds'])}{speed}"
    timelapse = next(iter(sorted((run.path / "samples").glob("timelapse.*"))), None)
    page = _page(found["exhibit"])
    facts: list[tuple[str, Any]] = [
        ("run", output.short_path(run.path)),
        ("samples", output.short_path(run.path / "samples")),
        ("best", best_text(run.details.best)),
        ("quality", _if_there(run.path / "quality.png")),
        ("timelapse", output.short_path(timelapse) if timelapse else None),
        ("exhibit", output.short_path(page) if page else None),
    ]
    if found["signal"]:
        title = f"{run.name} was stopped by {_signal_name(found['signal'])}: {spent}"
        facts += [
            ("checkpoint", output.short_path(found["checkpoint"]) if found["checkpoint"] else None),
            ("resume it", f"artgan resume {reference(run)}"),
        ]
    else:
        title = f"{run.name} is trained: {spent}"
        facts.append(("more images", f"artgan gallery --run {reference(run)} --seed 42 --n 64"))
    output.print_facts(title, facts)


def _what_remains(failed: "Failed") -> str:
    run, known = failed.run, failed.run.checkpoints()
    ended = f"{run.name} stopped at step {failed.step:,}"
    if not known:
        return f"{ended}, before its first checkpoint; its log and samples are in {output.short_path(run.path)}."
    return f"{ended}; `artgan resume {reference(run)}` continues from its last checkpoint, {known[-1].name}."


def _if_there(path: Path) -> str | None:
    return output.short_path(path) if path.exists() else None


def _page(exhibit: str | None) -> str | None:
    if not exhibit:
        return None
    page = os.path.join(exhibit, "index.html")
    return page if os.path.exists(page) else exhibit


def _signal_name(name: str) -> str:
    return {"SIGINT": "Ctrl-C"}.get(name, name)
