"""Fails every write of everything that writes, each in turn, and looks what is left: trainings, exhibits, films, ….

    python -m tests.attacks.disk --errors 4

Each time: what was there before is intact; the error is one of artgan's own and says what the disk said, or the
training went on; nothing half-written has a final name; and when the disk works again, `resume` comes to the same end
as a training that nothing happened to. Every attempt is a fork of this process.
"""

import argparse
import errno
import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

from artgan.api.run import Run
from artgan.errors import ArtganError
from tests.attacks.attempts import ATTEMPTS, CASE, OLD, Attempt, is_whole, whole_run
from tests.attacks.faults import ERRORS, Faults
from tests.attacks.subject import alone, differences, train


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--errors", type=int, default=len(ERRORS), help="how many kinds of errors (4)")
    parser.add_argument("--every", type=int, default=1, help="fail every so many operations only (1: all)")
    parser.add_argument("--only", action="append", choices=ATTEMPTS, help="this attempt only (repeatable)")
    given = parser.parse_args()
    alone()
    failed, wrong = Counter[str](), list[str]()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        os.environ.setdefault("ARTGAN_CACHE", f"{place}/cache")
        _forked(_lay_out, work)
        report, listing = work / "report", work / "operations"
        for name in given.only or ATTEMPTS:
            attempt = ATTEMPTS[name]
            for _ in range(2):  # the first fills caches, and all that follow find them full
                _forked(_count, work, attempt, listing)
            operations = listing.read_text().splitlines()
            for at, number, lasting in product(
                range(0, len(operations), given.every), ERRORS[: given.errors], (True, False)
            ):
                _forked(_fail, work, attempt, report, at, number, lasting)
                operation, *problems = report.read_text().split("\n")
                failed[name] += bool(operation)
                what = f"{name}, {operation}, {errno.errorcode[number]}{' for good' if lasting else ''}"
                wrong += [f"{what}: {line}" for line in problems]
            print(f"{name}: {len(operations)} operations, {failed[name]} failures", flush=True)
    print(f"{failed.total()} failed writes; {len(wrong)} things wrong after them")
    for line in wrong[:200]:
        print(line)
    return 1 if wrong else 0


def _forked(work: Callable[..., object], *given: object) -> None:
    """Do ``work`` in a process of its own. Whatever it raises is a mistake of the attack."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work(*given)
            code = 0
        except BaseException as error:
            import traceback

            traceback.print_exception(error)
        finally:
            sys.stderr.flush()
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("The attack itself failed.")


def _lay_out(work: Path) -> None:
    """A whole run with an exhibit, and half a run."""
    train(CASE, work / "whole")
    ATTEMPTS["exhibit"].act(work / "whole")
    train(CASE, work / "half")
    run = work / "half" / "run"
    for path in Run(run).checkpoints()[1:]:
        path.unlink()
    Run(run).update(status="running", process={})


def _fresh(work: Path, attempt: Attempt) -> Path:
    folder = work / "tried"
    shutil.rmtree(folder, ignore_errors=True)
    if attempt.before:
        shutil.copytree(work / attempt.before, folder)
    else:
        folder.mkdir()
    if attempt.output:
        (folder / attempt.output).write_bytes(OLD)
    return folder


def _count(work: Path, attempt: Attempt, listing: Path) -> None:
    folder = _fresh(work, attempt)
    with Faults(folder) as faults:
        attempt.act(folder)
    listing.write_text("\n".join(faults.operations))


def _fail(work: Path, attempt: Attempt, report: Path, at: int, number: int, lasting: bool) -> None:
    """One failure. ``report`` gets the operation that failed, empty if none did, and what is wrong, a line each."""
    folder = _fresh(work, attempt)
    kept = _state(folder)
    problems = []
    error: BaseException | None = None
    faults = Faults(folder, at, number, lasting)
    try:
        with faults:
            attempt.act(folder)
    except BaseException as raised:
        error = raised
    if error is not None and not (isinstance(error, ArtganError) and os.strerror(number) in str(error)):
        problems.append(f"it ended with {type(error).__name__}: {error}")
    now = _state(folder)
    problems += [f"{path} was damaged" for path in kept if kept[path] != now.get(path)]
    problems += is_whole(attempt, folder)
    problems += _after(work, folder, attempt)
    report.write_text("\n".join(" ".join(line.split()) for line in (faults.failed, *problems)))


def _state(folder: Path) -> dict[str, str]:
    """Digests of what no failure may touch: checkpoints, and the exhibit, by path.

    A checkpoint that a resumed training has set aside, or dropped for later ones, is not damaged by that.
    """
    files = [path for path in folder.glob("gallery/show/**/*") if path.is_file() and path.suffix == ".png"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _after(work: Path, folder: Path, attempt: Attempt) -> list[str]:
    """What is wrong once the disk works again and the user tries once more."""
    training = attempt.whole is whole_run
    try:
        if training and (folder / "run" / "run.json").exists() and Run(folder / "run").status == "finished":
            return []
        attempt.act(folder)
    except BaseException as error:
        return [f"when the disk works again: {type(error).__name__}: {error}"]
    if not training:
        old = attempt.output and (folder / attempt.output).read_bytes() == OLD
        return ["nothing was made"] if old else is_whole(attempt, folder)
    # A sheet that the disk didn't take is lost, and so is the course of what was drawn of them.
    found = differences(work / "whole" / "run", folder / "run")
    return [line for line in found if not line.startswith("samples/")]


if __name__ == "__main__":
    sys.exit(main())
