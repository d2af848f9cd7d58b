"""The devices, precisions and threads of this machine."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from artgan.errors import UserError


@contextmanager
def using_threads(count: int | None) -> Iterator[None]:
    """Use ``count`` threads for operations on the CPU inside; None: leave the number unchanged."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def pick_device(asked: str) -> str:
    """Return ``cuda``, ``mps`` or ``cpu``; ``auto`` is the first one available. Raises :class:`UserError`."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return next(name for name, found in there.items() if found)
    if not there[asked]:
        usable = ", ".join(name for name, found in there.items() if found)
        raise UserError(f"--device {asked} isn't available here; use --device auto or one of: {usable}.")
    return asked


def pick_precision(asked: str, accelerator: str) -> str:
    """Return a Fabric precision; ``auto`` is bf16-mixed where the hardware multiplies bf16, else 32-true."""
    if asked == "16-mixed" and accelerator != "cuda":
        raise UserError("--precision 16-mixed needs a CUDA GPU; use bf16-mixed or 32-true.")
    if asked != "auto":
        return asked
    if accelerator == "cuda":
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    if accelerator == "cpu" and has_bf16_units():
        return "bf16-mixed"
    return "32-true"


def has_bf16_units() -> bool:
    """Return whether this CPU has bf16 matrix instructions (AMX or AVX512-BF16); emulated ones are slower than fp32."""
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def keep_freed_memory() -> None:
    """Make glibc keep memory that tensors free, for the tensors of the next step.

    By default it returns every large block to the system at once, and getting them back takes a thousand page faults
    per step. Does nothing without glibc.
    """
    m_trim_threshold, m_mmap_threshold = -1, -3  # malloc.h
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(m_mmap_threshold, 1 << 30)
            mallopt(m_trim_threshold, 1 << 30)
