"""Adam without the compiler's wrappers is torch's Adam."""

import copy
import subprocess
import sys

import torch
from torch import nn

from artgan.compat.adam import Adam

WITHOUT_COMPILER = """
import sys
import torch
from artgan.compat.adam import Adam

weight = torch.nn.Parameter(torch.ones(3))
optimizer = Adam([weight], lr=0.1)
weight.sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(2))]})
optimizer.load_state_dict(optimizer.state_dict())
print("torch._dynamo" in sys.modules)
"""


def trained(kind, steps, fused):
    torch.manual_seed(0)
    network = nn.Linear(4, 3)
    optimizer = kind(network.parameters(), lr=0.01, betas=(0.5, 0.99), fused=fused)
    random = torch.Generator().manual_seed(1)
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        network(torch.randn(8, 4, generator=random)).square().mean().backward()
        optimizer.step()
    return network, optimizer


def test_its_steps_are_those_of_torch():
    for fused in (False, True):
        mine, theirs = trained(Adam, 5, fused)[0], trained(torch.optim.Adam, 5, fused)[0]
        for one, other in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(one, other)
            assert one.requires_grad


def test_its_state_can_be_kept_and_hooks_are_called():
    (_, whole), (_, fresh) = trained(Adam, 5, False), trained(Adam, 0, False)
    fresh.load_state_dict(copy.deepcopy(whole.state_dict()))
    assert str(fresh.state_dict()) == str(whole.state_dict())
    calls = []
    fresh.register_step_pre_hook(lambda *_: calls.append("before"))
    fresh.register_step_post_hook(lambda *_: calls.append("after"))
    fresh.step()
    assert calls == ["before", "after"]
    fresh.add_param_group({"params": [nn.Parameter(torch.ones(2))], "lr": 0.5})
    assert [group["lr"] for group in fresh.param_groups] == [0.01, 0.5]


def test_it_does_without_the_compiler():
    done = subprocess.run([sys.executable, "-c", WITHOUT_COMPILER], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr
