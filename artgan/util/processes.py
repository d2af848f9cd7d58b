"""Facts about this process that are needed before torch is imported."""

import os


def is_main_process() -> bool:
    """Return whether this process talks to the user: launchers put the rank of each process in its environment."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


def cores() -> int:
    """Return the number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def share_cores() -> None:
    """Shorten the spinning of OpenMP's threads, unless the user has set it. Works only before torch is imported.

    By default, GNU's runtime spins for milliseconds at the end of every parallel region. On a machine that is busy
    with anything else, threads then wait for each other instead of computing: beside one busy process, training
    dropped to a fiftieth of its speed. On an idle machine, spinning less costs 1 to 2%.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
