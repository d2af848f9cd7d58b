"""What a training must not import: start-up is what a user waits for every time."""

import subprocess
import sys

import pytest

TRAIN_AND_COMPILE = """
import sys
import artgan

run = artgan.train(model="mlp", data="glyphs", data_options={"images": 10}, batch_size=2, steps=2, gallery=False)
artgan.resume(run, steps=4)
assert "torch._dynamo" not in sys.modules, "the compiler was imported"

import torch
from lightning_fabric.wrappers import _unwrap_compiled

doubled = torch.compile(torch.nn.Identity(), backend="eager")
assert doubled(torch.ones(2)).tolist() == [1, 1]
assert isinstance(_unwrap_compiled(doubled)[0], torch.nn.Identity)
print("compiles")
"""


@pytest.mark.slow
def test_a_training_that_compiles_nothing_does_without_the_compiler_and_leaves_it_usable(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", TRAIN_AND_COMPILE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("compiles\n"), done.stderr
