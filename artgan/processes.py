"""Which of several processes this is; asked before torch is imported."""

import os


def is_main_process() -> bool:
    """Whether this is the process that talks to the user: launchers tell the others their rank in the environment."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))
