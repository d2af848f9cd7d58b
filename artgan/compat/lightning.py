"""Lightning Fabric without its side effects on import.

Reasons: it imports ``torch._dynamo`` for the name of one class, which takes as long as importing torch itself, and
training without compilation doesn't need it. And it sets an environment variable that makes every call of
``torch.cuda.is_available()`` load the NVML library again; each step of an optimiser makes such a call, which takes
0.4 ms on a machine without a GPU.
"""

import os
import sys
from types import ModuleType
from typing import Any

import torch

TESTED = {"torch": ("2.11", "2.15"), "lightning-fabric": ("2.6",)}

COMPILER = "torch._dynamo"


def import_fabric() -> Any:
    """Import and return ``lightning_fabric``, with a stand-in for the compiler.

    If it wants more of the compiler than one class, it is imported again with the real one.
    """
    if COMPILER not in sys.modules and "lightning_fabric" not in sys.modules:
        stand_in: Any = ModuleType(COMPILER)
        stand_in.OptimizedModule = _OptimizedModule
        sys.modules[COMPILER] = stand_in
        try:
            import lightning_fabric
        except (ImportError, AttributeError):
            for name in [name for name in sys.modules if name.partition(".")[0] == "lightning_fabric"]:
                del sys.modules[name]
        finally:
            del sys.modules[COMPILER]
            vars(torch).pop("_dynamo", None)
    import lightning_fabric

    return lightning_fabric


def forget_nvml_check() -> None:
    """Remove the variable that makes torch ask NVML for GPUs at every step. Call it where no CUDA GPU is used."""
    os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)


class _InstanceOfTheRealOne(type):
    def __instancecheck__(cls, instance: object) -> bool:
        compiler = sys.modules.get(COMPILER)
        return compiler is not None and isinstance(instance, compiler.OptimizedModule)


class _OptimizedModule(metaclass=_InstanceOfTheRealOne):
    """Stands in for ``torch._dynamo.OptimizedModule`` in ``isinstance`` checks."""
