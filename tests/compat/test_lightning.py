"""Lightning Fabric is imported without the compiler, which stays usable."""

import os
import subprocess
import sys

from artgan.compat.lightning import forget_nvml_check

IMPORT = """
import sys
from artgan.compat.lightning import import_fabric

fabric = import_fabric()
assert fabric is sys.modules["lightning_fabric"]
assert "torch._dynamo" not in sys.modules, "the compiler was imported"

import torch
from lightning_fabric.wrappers import _unwrap_compiled

plain = torch.nn.Identity()
assert _unwrap_compiled(plain)[0] is plain
compiled = torch.compile(plain, backend="eager")
assert compiled(torch.ones(2)).tolist() == [1, 1]
assert _unwrap_compiled(compiled)[0] is plain
print("usable")
"""
WANTS_MORE = """
import sys
from importlib.abc import MetaPathFinder
from artgan.compat import lightning


class Demanding(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "lightning_fabric":
            import torch._dynamo
            torch._dynamo.something_else = getattr(torch._dynamo, "optimize")


sys.meta_path.insert(0, Demanding())
assert lightning.import_fabric().Fabric
assert "torch._dynamo.eval_frame" in sys.modules
print("usable")
"""


def output(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_imported_without_the_compiler_which_stays_usable():
    assert output(IMPORT) == "usable\n"


def test_if_it_wants_more_of_the_compiler_it_gets_the_real_one():
    assert output(WANTS_MORE) == "usable\n"


def test_its_variable_is_unset(monkeypatch):
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    forget_nvml_check()
    assert "PYTORCH_NVML_BASED_CUDA_CHECK" not in os.environ
    forget_nvml_check()
