"""Lightning Fabric, imported without the compiler that it imports for the name of one class.

``torch._dynamo`` takes as long to import as torch itself, and a training that compiles nothing has no use for it.
"""

import sys
from types import ModuleType
from typing import Any

import torch

COMPILER = "torch._dynamo"


def import_fabric() -> Any:
    """The module ``lightning_fabric``; should it want more of the compiler than that name, it gets it."""
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


class _IfThereIsOne(type):
    def __instancecheck__(cls, instance: object) -> bool:
        compiler = sys.modules.get(COMPILER)
        return compiler is not None and isinstance(instance, compiler.OptimizedModule)


class _OptimizedModule(metaclass=_IfThereIsOne):
    """``torch._dynamo.OptimizedModule``, in checks of whether something is one."""
