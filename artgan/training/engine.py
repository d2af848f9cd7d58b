"""Devices, precision and processes: a thin layer over Lightning Fabric."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from artgan.compat.cpu_convolutions import optimize_for_cpu
from artgan.compat.lightning import forget_nvml_check, import_fabric
from artgan.config import TrainConfig
from artgan.devices import keep_freed_memory, pick_device, pick_precision
from artgan.errors import UserError
from artgan.training.cuda_graphs import CUDARecorder, Recorder


class Engine:
    """Places modules on devices, sets precision, and keeps several processes in step.

    Every process holds all networks; after each backward pass the gradients are averaged over the processes. That
    avoids DistributedDataParallel, whose assumption of one backward pass per forward pass adversarial training breaks.
    """

    def __init__(self, config: TrainConfig) -> None:
        """Raise :class:`UserError` if the device or the precision isn't available."""
        lightning = import_fabric()
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it prints a greeting in each process
        accelerator = pick_device(config.device)
        self.precision = pick_precision(config.precision, accelerator)
        self.compiled = False
        self._records = config.cuda_graphs
        devices = config.devices
        torchrun = lightning.plugins.environments.TorchElasticEnvironment.detect()
        if torchrun:
            devices = int(os.environ.get("LOCAL_WORLD_SIZE", devices))
        available = torch.cuda.device_count() if accelerator == "cuda" else None
        if available is not None and devices > available:
            raise UserError(f"--devices {devices} is more than this machine's {available} GPU(s).")
        nodes = config.nodes
        self.fabric = lightning.Fabric(
            accelerator=accelerator,
            devices=devices,
            num_nodes=nodes,
            precision=self.precision,
            strategy="ddp" if devices * nodes > 1 or torchrun else "auto",
        )
        if accelerator != "cuda":
            forget_nvml_check()
            keep_freed_memory()
        if accelerator == "cuda":
            # Let float32 matrix products use the tensor cores' TF32.
            torch.set_float32_matmul_precision("high")
            # Repeatable: kernels that are chosen by trial, or add in any order, are no faster for these networks.
            torch.backends.cudnn.benchmark = False
            torch.backends.cudnn.deterministic = True

    def launch(self) -> None:
        """Start the other processes, if any, and connect to them."""
        self.fabric.launch()

    @property
    def device(self) -> torch.device:
        """The device of this process."""
        device: torch.device = self.fabric.device
        return device

    @property
    def device_name(self) -> str:
        """A name for display: ``cpu``, ``cuda:0 (NVIDIA …)``, ``cpu x 2``."""
        name = str(self.device)
        if self.device.type == "cuda":
            name += f" ({torch.cuda.get_device_name(self.device)})"
        return name if self.processes == 1 else f"{name} x {self.processes}"

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""
        return int(self.fabric.global_rank)

    @property
    def processes(self) -> int:
        """The number of processes that train together."""
        return int(self.fabric.world_size)

    @property
    def is_main(self) -> bool:
        """True in the process that writes files and talks to the user."""
        return self.rank == 0

    def compile(self, model: nn.Module, **how: Any) -> None:
        """Compile each network of ``model`` on its first call, with ``torch.compile`` and its arguments ``how``."""
        self.compiled = True
        for network in model.children():
            network.compile(**how)

    @contextmanager
    def forward(self, second_order: bool = False) -> Iterator[None]:
        """Run forward passes in the precision, and compiled unless they need second-order gradients."""
        with self.fabric.autocast():
            if self.compiled and second_order:
                with torch.compiler.set_stance("force_eager"):
                    yield
            else:
                yield

    def init_module(self) -> AbstractContextManager[Any]:
        """Return a context in which networks are created on the device and in the precision."""
        context: AbstractContextManager[Any] = self.fabric.init_module()
        return context

    def place(self, module: nn.Module) -> None:
        """Move ``module`` to the device, convolutions in channels-last layout (which the fast kernels need)."""
        module.to(self.device)
        for part in module.modules():
            if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d)):
                _, channels, height, width = part.weight.shape
                part.to(memory_format=torch.channels_last)
                if channels == 1:
                    # A single channel fits both layouts, and torch picks the slow one unless the strides say otherwise.
                    strides = (height * width, 1, width, 1)
                    part.weight.data = part.weight.data.as_strided(part.weight.shape, strides)
        if self.device.type == "cpu":
            optimize_for_cpu(module)

    def recorder(self) -> Recorder | None:
        """Return what records steps on this device; None if that isn't possible or wanted."""
        # Scaled gradients are checked by the CPU at every step; several processes would have to meet in a recording.
        usable = self.device.type == "cuda" and self.precision != "16-mixed" and self.processes == 1
        return CUDARecorder() if usable and self._records else None

    def setup_optimizer(self, optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
        """Wrap an optimiser so that mixed precision can scale gradients."""
        wrapped: torch.optim.Optimizer = self.fabric.setup_optimizers(optimizer)
        return wrapped

    def backward(self, loss: Tensor) -> None:
        """Back-propagate, with the scaling that the precision needs."""
        self.fabric.backward(loss)

    def scaler_state(self) -> dict[str, Any]:
        """Return the state of gradient scaling in 16-bit training, under ``"scaler"``; empty without scaling."""
        found = self.fabric.strategy.precision.state_dict()
        return {"scaler": found} if found else {}

    def restore_scaler(self, progress: Mapping[str, Any]) -> None:
        """Restore the ``"scaler"`` of a checkpoint, if it has one."""
        if "scaler" in progress:
            self.fabric.strategy.precision.load_state_dict(progress["scaler"])

    def average_gradients(self, parameters: list[nn.Parameter]) -> None:
        """Average ``.grad`` over all processes, in one transfer."""
        if self.processes == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients])
        flat = self.mean(flat)
        parts = flat.split([g.numel() for g in gradients])
        torch._foreach_copy_(gradients, [part.view_as(g) for part, g in zip(parts, gradients, strict=True)])

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of ``values`` over all processes, in each of them."""
        if self.processes == 1:
            return values
        return torch.as_tensor(self.fabric.all_reduce(values, reduce_op="mean"))

    def largest(self, value: float) -> float:
        """Return the largest ``value`` over all processes, in each of them."""
        if self.processes == 1:
            return value
        return float(
            self.fabric.all_reduce(torch.tensor(value, dtype=torch.float64, device=self.device), reduce_op="max")
        )

    def broadcast(self, value: Any) -> Any:
        """Return the main process's ``value``, in all processes."""
        return self.fabric.broadcast(value) if self.processes > 1 else value

    def barrier(self) -> None:
        """Wait for all processes."""
        self.fabric.barrier()
