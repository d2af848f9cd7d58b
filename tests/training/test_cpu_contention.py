"""What a training says of other programs on its cores."""

import sys
from types import SimpleNamespace

import pytest
import torch

from artgan import resume
from artgan.training import cpu_contention
from artgan.training.events import Notice, Step

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't count interruptions")


@pytest.fixture
def told(monkeypatch):
    """What is said after looks of ``(cores in use, interruptions a second)``, on two threads."""
    usage = SimpleNamespace(ru_utime=0.0, ru_stime=0.0, ru_nivcsw=0)
    now = [0.0]
    monkeypatch.setattr(cpu_contention, "getrusage", lambda _: usage)
    monkeypatch.setattr(cpu_contention, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)

    def tell(looks):
        said = []
        listener = cpu_contention.CPUContention(
            lambda event: said.append(event.text) if isinstance(event, Notice) else None
        )
        listener(Step(1, 64, 1.0, None, None))
        for cores, interruptions in looks:
            now[0] += 10
            usage.ru_utime += cores * 10
            usage.ru_nivcsw += interruptions * 10
            listener(Step(2, 128, 2.0, None, None))
        return said

    return tell


def test_a_training_that_others_interrupt_is_told_of_threads_once(told):
    said = told([(1.2, 200)] * 5)
    assert len(said) == 1
    assert "--threads 1" in said[0]


@pytest.mark.parametrize(
    "looks",
    [
        [(1.9, 70)] * 5,  # an idle machine
        [(0.6, 20)] * 5,  # a slow disk
        [(1.9, 400)] * 5,  # interrupted, and yet computing
        [(1.2, 200), (1.9, 70)] * 3,  # now and then
    ],
)
def test_nothing_is_said_of_a_training_that_has_its_cores(told, looks):
    assert told(looks) == []


def test_a_run_keeps_its_threads_and_may_be_resumed_with_others(train):
    before = torch.get_num_threads()
    seen = []
    run = train(steps=2, threads=1, listeners=[lambda _: seen.append(torch.get_num_threads())])
    assert set(seen) == {1}
    assert run.config.threads == 1
    assert torch.get_num_threads() == before
    seen.clear()
    resume(run, steps=3, threads=2, listeners=[lambda _: seen.append(torch.get_num_threads())])
    assert set(seen) == {2}
