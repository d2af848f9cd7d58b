"""Which of several processes this is; asked before torch is imported."""

import os


def is_main_process() -> bool:
    """Whether this is the process that talks to the user: launchers tell the others their rank in the environment."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


def cores() -> int:
    """How many this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def share_cores() -> None:
    """Have OpenMP's threads wait politely. Works only before torch is imported; what the user has set stays.

    By default GNU's runtime spins for milliseconds at the end of every parallel region. On a machine that does
    anything else at the same time, threads then wait for each other instead of computing: training was seen to drop
    to a fiftieth of its speed beside one busy process. A shorter spin costs one or two per cent on an idle one.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
