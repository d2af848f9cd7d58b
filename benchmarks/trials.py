"""Training runs evaluated by their images: run each once, save the result as a JSON line, and skip known ones."""

import argparse
import importlib.util
import json
import multiprocessing
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from torch import Tensor

import artgan
from artgan.build import model_class

Judge = Callable[[Tensor, Tensor | None], dict[str, Any]]
Measure = Callable[[artgan.Run], dict[str, Any]]
Line = dict[str, Any]

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Trial:
    """One training run.

    Attributes:
        model, data, seed: ``data`` is a name or a folder, with ``@PIXELS`` appended to set the size.
        seconds, images: the budget, either of which is None.
        options: options of the model.
        batch_size: None for the model's default.
        name: name of the variation, for tables.
    """

    model: str
    data: str
    seed: int
    seconds: float | None = None
    images: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    batch_size: int | None = None
    name: str = ""

    @property
    def key(self) -> str:
        """A key that is equal for equal runs, whatever their names."""
        return json.dumps({key: value for key, value in asdict(self).items() if key != "name"}, sort_keys=True)

    def run(self, folder: Path) -> artgan.Run:
        """Train."""
        data, _, size = self.data.partition("@")
        batch_size = self.batch_size or model_class(self.model).default_batch_size
        return artgan.train(
            model=self.model,
            data=data,
            size=int(size) if size else None,
            seed=self.seed,
            time=self.seconds,
            steps=None if self.images is None else max(1, self.images // batch_size),
            batch_size=batch_size,
            options=self.options,
            runs_dir=folder,
            gallery=False,
        )


class Trials:
    """A file of results, one JSON line per run."""

    def __init__(
        self, path: Path, evaluator: str, measure: Measure, sheets: Path | None = None, workers: int = 1
    ) -> None:
        """Read the known results.

        Args:
            path: the file.
            evaluator: name of what ``measure`` uses; results of other evaluators are kept, but not used.
            measure: evaluates a run; must be picklable if there are several workers.
            sheets: folder for the last sample sheet of each run, or None.
            workers: number of simultaneous runs, each in a process of its own.
        """
        self.path, self.evaluator, self.measure, self.sheets, self.workers = path, evaluator, measure, sheets, workers
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        of_all = map(json.loads, filter(None, lines))
        self.known: dict[str, Line] = {line["key"]: line for line in of_all if line["yardstick"] == evaluator}

    def run(self, trials: Iterable[Trial]) -> list[Line]:
        """Train and evaluate ``trials`` that aren't known yet; return the results of all."""
        trials = list(trials)
        missing = [trial for trial in trials if trial.key not in self.known]
        print(f"{len(trials)} runs, {len(missing)} of them to do", file=sys.stderr, flush=True)
        for number, (trial, found) in enumerate(self._found(missing), 1):
            line = {"key": trial.key, "yardstick": self.evaluator, **asdict(trial), **found}
            self.known[trial.key] = line
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            said = line.get("figures") or line.get("refused") or line.get("failed")
            what = f"{trial.model} {trial.data} seed {trial.seed} {trial.name}"
            print(f"{number}/{len(missing)} {what}: {said}", file=sys.stderr, flush=True)
        # With the current name of each variation.
        return [{**self.known[trial.key], "name": trial.name} for trial in trials]

    def _found(self, missing: list[Trial]) -> Iterator[tuple[Trial, Line]]:
        """Yield the results of runs in the order in which they finish."""
        if self.workers == 1:
            yield from ((trial, _try(trial, self.measure, self.sheets)) for trial in missing)
            return
        # A process that uses a GPU can't be forked.
        with ProcessPoolExecutor(self.workers, multiprocessing.get_context("spawn")) as pool:
            trial_of = {pool.submit(_try, trial, self.measure, self.sheets): trial for trial in missing}
            try:
                for done in as_completed(trial_of):
                    yield trial_of[done], done.result()
            finally:
                pool.shutdown(cancel_futures=True)


def _try(trial: Trial, measure: Measure, sheets: Path | None) -> Line:
    with tempfile.TemporaryDirectory(prefix="artgan-trial-", ignore_cleanup_errors=True) as folder:
        try:
            run = trial.run(Path(folder))
            if run.status == "interrupted":  # by a signal, after which training ends cleanly
                raise KeyboardInterrupt
            progress = run.record["progress"]
            found = {
                "figures": measure(run),
                "progress": {key: progress[key] for key in ("step", "images", "seconds")},
                "alarms": [alarm["kind"] for alarm in run.record.get("alarms", [])],
                "recoveries": len(run.record.get("recoveries", [])),
                "versions": run.record["versions"],
                "device": run.record["device"],
                "precision": run.record["precision"],
            }
            _keep_sheet(trial, run, sheets)
            return found
        except artgan.UserError as error:
            return {"refused": str(error)}
        except Exception as error:
            traceback.print_exc()
            return {"failed": f"{type(error).__name__}: {error}"}


def _keep_sheet(trial: Trial, run: artgan.Run, sheets: Path | None) -> None:
    if sheets is None:
        return
    budget = f"{trial.seconds:g}s" if trial.seconds else f"{trial.images}"
    data = Path(trial.data.partition("@")[0]).name
    name = "-".join(filter(None, (trial.model, data, budget, trial.name.replace(" ", "_"), f"seed{trial.seed}")))
    sheets.mkdir(parents=True, exist_ok=True)
    shutil.copy(max((run.path / "samples").glob("step-*.png")), sheets / f"{name}.png")


@dataclass(frozen=True, slots=True)
class ByJudge:
    """Evaluates with the ``judge`` of a Python file, on ``n`` images."""

    path: Path
    n: int

    def __call__(self, run: artgan.Run) -> dict[str, Any]:
        conditional = model_class(run.config.model).conditional
        made = run.sample(self.n, seed=run.config.seed, labels="each" if conditional else None)
        asked = torch.from_numpy(np.arange(self.n) % len(run.record["data"]["labels"])) if conditional else None
        return load_judge(self.path)(made.float() / 127.5 - 1, asked)


@dataclass(frozen=True, slots=True)
class ByArtgan:
    """Evaluates with artgan's own metrics, on ``n`` images."""

    n: int

    def __call__(self, run: artgan.Run) -> dict[str, Any]:
        found = artgan.evaluate(run, n=self.n, copies=False)
        return {figure.name: figure.value for figure in found.figures}


def only_train(run: artgan.Run) -> dict[str, Any]:
    """Skip evaluation."""
    return {"n": 0}


def load_judge(path: Path) -> Judge:
    """Load ``judge(images, labels)`` from a Python file; images (N, C, H, W) in [-1, 1], labels (N,) or None."""
    spec = importlib.util.spec_from_file_location("judge", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} isn't a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    judge: Judge = module.judge
    return judge


def summarise(lines: Iterable[Line], figures: Iterable[str]) -> dict[str, str]:
    """Summarise each metric over several seeds by its mean and range."""
    lines = list(lines)
    found = {}
    for name in figures:
        values = [line["figures"][name] for line in lines if name in line.get("figures", {})]
        if values:
            spread = f" ({min(values):.4g} to {max(values):.4g})" if len(values) > 1 else ""
            found[name] = f"{mean(values):.4g}{spread}"
    return found


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, ["---"] * len(columns), *([str(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def parser(description: str, out: str) -> argparse.ArgumentParser:
    """Return a parser with the arguments that all of these programs share."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--judge", type=Path, metavar="FILE.py", help="evaluator (default: artgan's own metrics)")
    made.add_argument("--n", type=int, default=10_000, help="images to evaluate (default: 10000)")
    made.add_argument(
        "--out", type=Path, default=RESULTS / out, metavar="FILE.jsonl", help="file of results; known ones are kept"
    )
    made.add_argument("--sheets", type=Path, metavar="DIR", help="folder for the last sample sheets")
    made.add_argument(
        "--workers", type=int, default=1, help="simultaneous runs; OMP_NUM_THREADS limits each (default: 1)"
    )
    made.add_argument("--table-only", action="store_true", help="don't train, only print known results")
    return made


def words(text: str) -> list[str]:
    """Split ``a,b`` into a list."""
    return [word for word in text.split(",") if word]


def perform(
    arguments: argparse.Namespace, trials: list[Trial], measure: Measure | None = None, evaluator: str = ""
) -> list[Line]:
    """Run ``trials`` according to ``arguments`` (from :func:`parser`); leave standard output to the tables.

    Evaluate them with ``measure``, called ``evaluator``; without it, with the judge in ``arguments`` or artgan's
    metrics.
    """
    if measure is None:
        evaluator = f"{arguments.judge.name if arguments.judge else 'artgan'} on {arguments.n}"
        measure = ByJudge(arguments.judge, arguments.n) if arguments.judge else ByArtgan(arguments.n)
    kept = Trials(arguments.out, evaluator, measure, arguments.sheets, arguments.workers)
    if arguments.table_only:
        trials = [trial for trial in trials if trial.key in kept.known]
    return kept.run(trials)
