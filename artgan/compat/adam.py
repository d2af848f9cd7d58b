"""Adam without torch's compiler.

Reason: torch wraps the methods of optimisers so that ``torch.compile`` stops in front of them. The wrappers import
``torch._dynamo`` when they are first called, compiled or not, and that takes as long as importing torch itself.
"""

from inspect import unwrap

import torch
from torch.optim import Optimizer

TESTED = {"torch": ("2.11", "2.15")}


class Adam(torch.optim.Adam):
    """``torch.optim.Adam`` (Kingma and Ba 2015) with its methods unwrapped. Don't compile its steps."""

    step = torch.no_grad()(unwrap(torch.optim.Adam.step))
    zero_grad = unwrap(Optimizer.zero_grad)
    add_param_group = unwrap(Optimizer.add_param_group)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)
