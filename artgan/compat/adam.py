"""Adam that does without the compiler: torch's own imports ``torch._dynamo``, which takes as long as torch itself."""

from inspect import unwrap

import torch
from torch.optim import Optimizer


class Adam(torch.optim.Adam):
    """``torch.optim.Adam`` (Kingma and Ba 2015), to be called as such, that isn't meant to be compiled.

    torch wraps an optimiser's methods so that ``torch.compile`` stops in front of them, and the wrappers import the
    compiler when they are first called, whether anything is compiled or not. Here are the methods without them.
    """

    step = torch.no_grad()(unwrap(torch.optim.Adam.step))
    zero_grad = unwrap(Optimizer.zero_grad)
    add_param_group = unwrap(Optimizer.add_param_group)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)
