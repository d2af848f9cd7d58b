"""Show how far a command is while it works."""

from collections.abc import Iterator
from contextlib import contextmanager

from artgan.cli import output
from artgan.requests.evaluate import Stage
from artgan.requests.shared import Report


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Report]:
    """Keep stdout for results, and yield a function that shows how much of ``what`` is done."""
    with stages(quiet) as stage:
        yield lambda done, total: stage(what, done, total)


@contextmanager
def stages(quiet: bool) -> Iterator[Stage]:
    """Do the same for work in several stages; the function also takes the stage."""
    from artgan.cli.display import choose
    from artgan.cli.progress import Progress
    from artgan.training.events import Preparing

    with output.nothing_on_stdout(), choose(Progress(), quiet) as display:
        yield lambda what, done, total: display(Preparing(what, done, total))
