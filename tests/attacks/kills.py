"""Kills trainings with SIGKILL at random moments, half of them inside a checkpoint write, and resumes them.

    python -m tests.attacks.kills --kills 200

Each training is killed and resumed until it ends, and then compared with one that was left alone: weights, averages,
optimisers, the log, sheets and the record must be the same to the bit, but for the clock. Every life is a fork of this
process, so that none has to import torch again.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from artgan.training import checkpoint
from tests.attacks.subject import CASES, Case, alone, differences, train

BEGUN, DONE = b"w", b"d"
LIVES_WITHOUT_A_KILL = 40


class Life:
    """A forked process that trains; ``writes`` says when checkpoints begin and end to be written."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.writes, theirs = os.pipe()
        os.set_blocking(self.writes, False)
        self.log = ""
        self.pid = os.fork()
        if not self.pid:
            _live(case, folder, theirs)
        os.close(theirs)

    def cpu_seconds(self) -> float:
        """What the process has computed so far: a clock that doesn't run while others have the machine."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def look(self) -> None:
        """Read what it has said since."""
        with contextlib.suppress(BlockingIOError):
            self.log += os.read(self.writes, 1 << 16).decode()

    def ended(self) -> int | None:
        """The exit status once it has ended."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def kill(self) -> bool:
        """End it; whether that was inside a checkpoint write."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.look()
        os.close(self.writes)
        return self.log.endswith(BEGUN.decode())


def _live(case: Case, folder: Path, writes: int) -> None:
    healthy = checkpoint.save

    def told(*given: object, **more: object) -> None:
        os.write(writes, BEGUN)
        healthy(*given, **more)  # type: ignore[arg-type]
        os.write(writes, DONE)

    checkpoint.save = told  # type: ignore[assignment]
    code = 1
    try:
        train(case, folder)
        code = 0
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


class Attack:
    """Counts of what was done to a case and what came of it."""

    def __init__(self, case: Case, reference: Path, chance: random.Random) -> None:
        self.case, self.reference, self.chance = case, reference, chance
        self.kills = self.inside = self.runs = 0
        self.seconds_of_a_life = self.seconds_of_a_write = 0.0
        self.wrong: list[str] = []

    def leave_alone(self) -> None:
        """Train the reference, and see how long it and its writes take."""
        life = Life(self.case, self.reference.parent)
        began = 0.0
        writes = []
        while (code := life.ended()) is None:
            with contextlib.suppress(OSError):
                self.seconds_of_a_life = life.cpu_seconds()
                before = life.log.count(BEGUN.decode()), life.log.count(DONE.decode())
                life.look()
                if life.log.count(BEGUN.decode()) > before[0]:
                    began = self.seconds_of_a_life
                if life.log.count(DONE.decode()) > before[1]:
                    writes.append(self.seconds_of_a_life - began)
            time.sleep(0.0005)
        if code:
            raise SystemExit(f"The training that was left alone ended with {code}.")
        self.seconds_of_a_write = max(0.002, sum(writes) / max(1, len(writes)))

    def attack(self, folder: Path, most: int) -> None:
        """One training, killed until it ends or ``most`` times, then left to end."""
        kills = 0
        for _ in range(LIVES_WITHOUT_A_KILL + most):
            life = Life(self.case, folder)
            code = self._kill(life) if kills < most else None
            while code is None and kills >= most:
                code = life.ended()
                time.sleep(0.001)
            if code is None:
                kills += 1
                continue
            os.close(life.writes)
            if code:
                self.wrong.append(f"{folder} ended with {code} after {kills} kills")
                return
            break
        self.runs += 1
        self.wrong += [f"{folder} after {kills} kills: {what}" for what in differences(self.reference, folder / "run")]

    def _kill(self, life: Life) -> int | None:
        """Kill a life; its exit code if it was over before."""
        in_a_write = self.chance.random() < 0.6  # some of them come too late to be inside
        wanted = self.chance.randrange(1, 3)
        moment = self.chance.uniform(0, self.seconds_of_a_life)
        while True:
            if (code := life.ended()) is not None:
                return code
            life.look()
            now = life.cpu_seconds()
            if in_a_write and life.log.count(BEGUN.decode()) >= wanted:
                in_a_write, moment = False, now + self.chance.uniform(0, self.seconds_of_a_write)
            elif not in_a_write and now >= moment:
                self.inside += life.kill()
                self.kills += 1
                return None
            time.sleep(0.0002)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how many in all (200)")
    parser.add_argument("--only", action="append", choices=CASES, help="this training only (repeatable)")
    parser.add_argument("--kills-per-run", type=int, default=8, help="most kills of one training (8)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    alone()
    names = given.only or list(CASES)
    total = inside = 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        os.environ.setdefault("ARTGAN_CACHE", f"{place}/cache")
        for number, name in enumerate(names):
            attack = Attack(
                CASES[name], Path(place) / name / "left-alone" / "run", random.Random(f"{given.seed}{name}")
            )
            attack.leave_alone()
            share = given.kills * (number + 1) // len(names) - given.kills * number // len(names)
            while attack.kills < share and not attack.wrong:
                most = min(given.kills_per_run, share - attack.kills)
                attack.attack(Path(place) / name / f"killed-{attack.runs}", most)
            print(
                f"{name}: {attack.kills} kills ({attack.inside} inside a checkpoint write) of {attack.runs} trainings, "
                f"{len(attack.wrong)} differences",
                flush=True,
            )
            total, inside, wrong = total + attack.kills, inside + attack.inside, wrong + attack.wrong
    print(f"{total} kills, {inside} inside a checkpoint write; {len(wrong)} differences from trainings left alone")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
