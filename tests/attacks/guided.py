"""The same nonsense, guided by which lines of artgan it reaches: needs atheris, ``uv sync --group attacks``.

    python -m tests.attacks.guided --runs 100000

Each reader gets a process of its own, with 1 GiB of memory and a minute an input.
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["artgan"], enable_loader_override=False):
    from artgan.errors import ArtganError
    from tests.attacks.inputs import MOST_BYTES, READERS, run_on

# Others may be at work on the machine.
MOST_SECONDS_BY_THE_CLOCK = 60


def _fuzz(name: str, runs: int, folder: Path) -> None:
    """Ends the process: with 0 unless a reader raised something else than artgan's errors."""
    inputs, read = READERS[name]
    refused = [0]

    def one(content: bytes) -> None:
        try:
            read(folder, content)
        except ArtganError:
            refused[0] += 1

    fuzzed = run_on(inputs, one)
    chance = random.Random(0)
    for _ in range(20):  # what is imported and made once counts for none of the inputs
        fuzzed(chance.randbytes(500))
    limits = [f"-runs={runs}", f"-rss_limit_mb={MOST_BYTES >> 20}", f"-timeout={MOST_SECONDS_BY_THE_CLOCK}"]
    atheris.Setup([sys.argv[0], *limits, "-verbosity=0", "-max_len=4096", "-print_final_stats=1"], fuzzed)
    atheris.Fuzz()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000, help="how many for each reader (100000)")
    parser.add_argument("--only", action="append", choices=READERS, help="this reader only (repeatable)")
    given = parser.parse_args()
    wrong = []
    for name in given.only or READERS:
        with tempfile.TemporaryDirectory() as place:
            pid = os.fork()
            if not pid:
                _fuzz(name, given.runs, Path(place))
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(
            f"{name}: {given.runs:,} inputs, {'an error' if code else 'none with anything else than errors of artgan'}",
            flush=True,
        )
        wrong += [name] if code else []
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
