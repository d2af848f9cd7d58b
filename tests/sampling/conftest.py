"""Runs that are as small as can be, for tests of what is made from a run."""

from tests.tiny_runs import conditional, labelled_run, make_run, model, run, tiny_runs_have_their_model_in_memory

__all__ = [
    "conditional",
    "labelled_run",
    "make_run",
    "model",
    "run",
    "tiny_runs_have_their_model_in_memory",
]
