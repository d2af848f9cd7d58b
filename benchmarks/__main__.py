"""``python -m benchmarks``: run the benchmarks, print Markdown, save JSON."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.measure import Context, describe_machine
from benchmarks.report import Result, Target, number, summary

NAMES = (
    "engine_vs_plain",
    "pytorch_gan_sizes",
    "roofline",
    "time_to_picture",
    "command_line",
    "galleries",
    "memory",
    "checkpoints",
    "scaling",
    "precision",
)
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run the benchmarks; return 1 if one of them failed. A missed target isn't a failure."""
    arguments = _parse()
    if arguments.smoke:
        # Before torch is imported: other jobs on the machine can't slow down a single thread tenfold.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = arguments.json or RESULTS / f"{stamp}{'-smoke' if arguments.smoke else ''}.json"
    machine = describe_machine()
    print(f"# artgan's benchmarks, {stamp}{' (smoke)' if arguments.smoke else ''}\n")
    print(", ".join(f"{key} {value}" for key, value in machine.items() if value is not None) + "\n", flush=True)
    report: dict[str, Any] = {"when": stamp, "smoke": arguments.smoke, "machine": machine, "benchmarks": {}}
    targets: list[Target] = []
    broken = []
    for name in arguments.only or NAMES:
        began = time.perf_counter()
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            result = _run(name, arguments)
        except Exception:
            # Run the others anyway.
            broken.append(name)
            traceback.print_exc()
            continue
        seconds = time.perf_counter() - began
        print(f"{name}: {number(seconds)} s", file=sys.stderr, flush=True)
        print(result.markdown(), flush=True)
        targets += result.targets
        report["benchmarks"][name] = {**result.plain(), "seconds": seconds}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=1) + "\n")
    print(summary(targets, arguments.smoke))
    if report["benchmarks"]:
        print(f"All measurements: {path}", file=sys.stderr)
    if broken:
        print(f"Failed: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _run(name: str, arguments: argparse.Namespace) -> Result:
    """Run a benchmark in temporary folders, so that nothing ends up in the user's."""
    with tempfile.TemporaryDirectory(prefix="artgan-benchmark-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        for variable in ("CACHE", "RUNS", "GALLERY"):
            os.environ[f"ARTGAN_{variable}"] = str(scratch / variable.lower())
        module = import_module(f"benchmarks.{name}")
        # Standard output is for the report; redirect what libraries print.
        with contextlib.redirect_stdout(sys.stderr):
            result: Result = module.run(Context(arguments.smoke, scratch, arguments.judge))
        return result


def _parse() -> argparse.Namespace:
    names = ", ".join(NAMES)
    parser = argparse.ArgumentParser("python -m benchmarks", description="Measure artgan on this machine.")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"repeatable: {names}")
    parser.add_argument("--smoke", action="store_true", help="only check that they run; the results mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="results (default: benchmarks/results/<time>.json)")
    parser.add_argument("--judge", type=Path, metavar="FILE.py", help="evaluator of image quality, for precision")
    arguments = parser.parse_args()
    given = os.environ.get("ARTGAN_DATA")
    if given:
        os.environ["ARTGAN_DATA"] = str(Path(given).resolve())
    return arguments


if __name__ == "__main__":
    sys.exit(main())
